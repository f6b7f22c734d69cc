// The element-wise parts of a gated recurrent unit's step (Cho et al. 2014, arXiv:1406.1078):
//
//   R, Z = σ(pre-activation)
//   N = tanh(a + R ⊙ q)   reset after the product: q = H' W_hn + b_hn   (PyTorch, cuDNN)
//   N = tanh(a + q)       reset before it:         q = (R ⊙ H') W_hn
//   H = Z ⊙ H' + (1 - Z) ⊙ N                       (H' is the previous step's H)
//
// The blocks of `StepOperands.gates` are R, Z, N and a fourth: q (reset after) or R ⊙ H' (reset
// before).

import KernelOperands

/// Where the four blocks of 16 units of one row lie.
private struct GRUBlocks {
  let reset, update, candidate, fourth: UnsafeMutablePointer<Float>

  @inline(__always)
  init(_ gates: UnsafeMutablePointer<Float>, gateStride: Int) {
    reset = gates
    update = reset + gateStride
    candidate = update + gateStride
    fourth = candidate + gateStride
  }

  /// H = Z ⊙ H' + (1 - Z) ⊙ N, after storing Z and N.
  @inline(__always)
  func storeUpdate(
    _ z: Vector, _ n: Vector, previousH: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>
  ) {
    z.store(to: update)
    n.store(to: candidate)
    n.adding(z, times: Vector(at: previousH) - n).store(to: h)
  }

  /// Turns Z and N into the gradients of their pre-activations and adds to dH' what reaches it
  /// through Z. Returns the gradient of N's pre-activation.
  @inline(__always)
  func updateBackward(_ step: StepOperands, _ gradients: StepGradients, _ offset: Int) -> Vector {
    let z = Vector(at: update)
    let n = Vector(at: candidate)
    let dHidden = Vector(at: gradients.dH + offset)
    let dPreviousH = gradients.dPreviousH + offset
    let dCandidate = dHidden * (1 - z) * (1 - n * n)
    (dHidden * (Vector(at: step.previousH + offset) - n) * z * (1 - z)).store(to: update)
    dCandidate.store(to: candidate)
    Vector(at: dPreviousH).adding(dHidden, times: z).store(to: dPreviousH)
    return dCandidate
  }
}

extension VectorKernels {
  /// Calls `body` with the blocks of 16 units of a sequence at a time, and where those units lie in
  /// each state.
  @inline(__always)
  private static func forEachVector(_ step: StepOperands, _ body: (GRUBlocks, Int) -> Void) {
    for row in 0..<step.rows {
      for unit in stride(from: 0, to: step.units, by: 16) {
        body(
          GRUBlocks(step.gates + row * step.gatesRow + unit, gateStride: step.blockStride),
          row * step.stateRow + unit)
      }
    }
  }

  /// Reset after: turns pre-activations into R, Z, N in place and writes H; q stays.
  public static func gruForward(_ step: StepOperands) {
    forEachVector(step) { at, offset in
      let reset = logistic(Vector(at: at.reset))
      let update = logistic(Vector(at: at.update))
      let candidate = hyperbolicTangent(
        Vector(at: at.candidate).adding(reset, times: Vector(at: at.fourth)))
      reset.store(to: at.reset)
      at.storeUpdate(
        update, candidate, previousH: step.previousH + offset, h: step.h + offset)
    }
  }

  /// Reset after: turns R, Z, N into the gradients of their pre-activations, and q into dq.
  /// Adds to the gradient of H' what reaches it through Z.
  public static func gruBackward(_ step: StepOperands, _ gradients: StepGradients) {
    forEachVector(step) { at, offset in
      let reset = Vector(at: at.reset)
      let dCandidate = at.updateBackward(step, gradients, offset)
      (dCandidate * Vector(at: at.fourth) * reset * (1 - reset)).store(to: at.reset)
      (dCandidate * reset).store(to: at.fourth)
    }
  }

  /// Reset before, first half: turns pre-activations into R and Z in place; the fourth block
  /// becomes R ⊙ H', the operand of the candidate's product.
  public static func gruResetForward(_ step: StepOperands) {
    forEachVector(step) { at, offset in
      let reset = logistic(Vector(at: at.reset))
      reset.store(to: at.reset)
      logistic(Vector(at: at.update)).store(to: at.update)
      (reset * Vector(at: step.previousH + offset)).store(to: at.fourth)
    }
  }

  /// Reset before, second half: turns the candidate's pre-activation into N in place, writes H.
  public static func gruCandidateForward(_ step: StepOperands) {
    forEachVector(step) { at, offset in
      at.storeUpdate(
        Vector(at: at.update), hyperbolicTangent(Vector(at: at.candidate)),
        previousH: step.previousH + offset, h: step.h + offset)
    }
  }

  /// Reset before, first half of the way back: turns Z and N into the gradients of their
  /// pre-activations. Adds to the gradient of H' what reaches it through Z.
  public static func gruCandidateBackward(_ step: StepOperands, _ gradients: StepGradients) {
    forEachVector(step) { at, offset in _ = at.updateBackward(step, gradients, offset) }
  }

  /// Reset before, second half of the way back, with the gradient of R ⊙ H' in dH, whose own value has
  /// been used up: turns R into the gradient of its pre-activation. Adds to the gradient of H' what
  /// reaches it through R ⊙ H'.
  public static func gruResetBackward(_ step: StepOperands, _ gradients: StepGradients) {
    forEachVector(step) { at, offset in
      let reset = Vector(at: at.reset)
      let gradient = Vector(at: gradients.dH + offset)
      let dPreviousH = gradients.dPreviousH + offset
      (gradient * Vector(at: step.previousH + offset) * reset * (1 - reset)).store(to: at.reset)
      Vector(at: dPreviousH).adding(gradient, times: reset).store(to: dPreviousH)
    }
  }
}
