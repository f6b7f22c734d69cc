// The element-wise part of a long short-term memory step
// (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of
// Gers, Schmidhuber and Cummins 2000, doi:10.1162/089976600300015015):
//
//   I, F, O = σ(pre-activation), G = tanh(pre-activation)
//   C = F ⊙ C' + I ⊙ G,  H = O ⊙ tanh(C)            (C' is the previous step's C)
//
// The blocks of `StepOperands.gates` are I, F, G and O.

import KernelOperands

extension VectorKernels {
  /// Turns the pre-activations in `gates` into I, F, G, O in place, and writes C and H.
  public static func lstmForward(_ step: StepOperands) {
    guard let previousC = step.previousC, let c = step.c else { return }
    let (units, gateStride, h) = (step.units, step.blockStride, step.h)
    for row in 0..<step.rows {
      let gates = step.gates + row * step.gatesRow
      let offset = row * step.stateRow
      for unit in stride(from: 0, to: units, by: 16) {
        let inputAt = gates + unit
        let forgetAt = inputAt + gateStride
        let candidateAt = forgetAt + gateStride
        let outputAt = candidateAt + gateStride
        let input = logistic(Vector(at: inputAt))
        let forget = logistic(Vector(at: forgetAt))
        let candidate = hyperbolicTangent(Vector(at: candidateAt))
        let output = logistic(Vector(at: outputAt))
        let cell = (input * candidate).adding(forget, times: Vector(at: previousC + offset + unit))
        input.store(to: inputAt)
        forget.store(to: forgetAt)
        candidate.store(to: candidateAt)
        output.store(to: outputAt)
        cell.store(to: c + offset + unit)
      }
      // A loop of its own, since it would wait for the results of the one above: so the processor works
      // on several units at a time.
      for unit in stride(from: 0, to: units, by: 16) {
        let output = Vector(at: gates + 3 * gateStride + unit)
        (output * hyperbolicTangent(Vector(at: c + offset + unit))).store(to: h + offset + unit)
      }
    }
  }

  /// From dH (this step's whole gradient) and dC (what the next step passes back): turns I, F, G, O
  /// in `gates` into the gradients of their pre-activations in place, and dC into what passes on to
  /// the previous step.
  ///
  /// tanh(C) is computed again: cheaper than keeping another (T, B, H) in memory.
  public static func lstmBackward(_ step: StepOperands, _ gradients: StepGradients) {
    guard let previousC = step.previousC, let c = step.c, let dC = gradients.dC else { return }
    let (units, gateStride, dH) = (step.units, step.blockStride, gradients.dH)
    for row in 0..<step.rows {
      let gates = step.gates + row * step.gatesRow
      let offset = row * step.stateRow
      for unit in stride(from: 0, to: units, by: 16) {
        let inputAt = gates + unit
        let forgetAt = inputAt + gateStride
        let candidateAt = forgetAt + gateStride
        let outputAt = candidateAt + gateStride
        let input = Vector(at: inputAt)
        let forget = Vector(at: forgetAt)
        let candidate = Vector(at: candidateAt)
        let output = Vector(at: outputAt)
        let cell = hyperbolicTangent(Vector(at: c + offset + unit))
        let dHidden = Vector(at: dH + offset + unit)
        let dCAt = dC + offset + unit
        let dCell = Vector(at: dCAt) + dHidden * output * (1 - cell * cell)
        (dCell * candidate * input * (1 - input)).store(to: inputAt)
        let previousCell = Vector(at: previousC + offset + unit)
        (dCell * previousCell * forget * (1 - forget)).store(to: forgetAt)
        (dCell * input * (1 - candidate * candidate)).store(to: candidateAt)
        (dHidden * cell * output * (1 - output)).store(to: outputAt)
        (dCell * forget).store(to: dCAt)
      }
    }
  }
}
