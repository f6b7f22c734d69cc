// H = tanh(A) or max(0, A), element by element, A being the pre-activation
// (Elman 1990, doi:10.1207/s15516709cog1402_1). `StepOperands.gates` has one block: A.

import KernelOperands

extension VectorKernels {
  /// H = φ(A).
  public static func rnnForward(_ step: StepOperands, relu: Bool) {
    for row in 0..<step.rows {
      let a = step.gates + row * step.gatesRow
      let h = step.h + row * step.stateRow
      for i in stride(from: 0, to: step.units, by: 16) {
        let x = Vector(at: a + i)
        (relu ? x.max(Vector()) : hyperbolicTangent(x)).store(to: h + i)
      }
    }
  }

  /// dA = dH ⊙ φ'(A), from the output H: 1 - H² for tanh, 1 where H > 0 for ReLU.
  public static func rnnBackward(_ step: StepOperands, _ gradients: StepGradients, relu: Bool) {
    for row in 0..<step.rows {
      let dA = step.gates + row * step.gatesRow
      let h = step.h + row * step.stateRow
      let dH = gradients.dH + row * step.stateRow
      for i in stride(from: 0, to: step.units, by: 16) {
        let output = Vector(at: h + i)
        let gradient = Vector(at: dH + i)
        let through =
          relu
          ? Vector().replacing(with: gradient, where: output .> 0)
          : gradient - gradient * output * output
        through.store(to: dA + i)
      }
    }
  }
}
