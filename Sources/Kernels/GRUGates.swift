// The element-wise parts of a gated recurrent unit's step (Cho et al. 2014, arXiv:1406.1078):
//
//   R, Z = σ(pre-activation)
//   N = tanh(a + R ⊙ q)   reset after the product: q = H' W_hn + b_hn   (PyTorch, cuDNN)
//   N = tanh(a + q)       reset before it:         q = (R ⊙ H') W_hn
//   H = Z ⊙ H' + (1 - Z) ⊙ N                       (H' is the previous step's H)
//
// `gates` points at the first unit of R; Z, N and one more block of the same width follow at
// distances of `gateStride`. The fourth block holds q (reset after) or R ⊙ H' (reset before).

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
  func updateBackward(
    previousH: UnsafePointer<Float>, dH: UnsafePointer<Float>,
    dPreviousH: UnsafeMutablePointer<Float>
  ) -> Vector {
    let z = Vector(at: update)
    let n = Vector(at: candidate)
    let dHidden = Vector(at: dH)
    let dCandidate = dHidden * (1 - z) * (1 - n * n)
    (dHidden * (Vector(at: previousH) - n) * z * (1 - z)).store(to: update)
    dCandidate.store(to: candidate)
    Vector(at: dPreviousH).adding(dHidden, times: z).store(to: dPreviousH)
    return dCandidate
  }
}

extension VectorKernels {
  /// Reset after: turns pre-activations into R, Z, N in place and writes H; q stays.
  public static func gruForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      for unit in stride(from: 0, to: units, by: 16) {
        let at = GRUBlocks(gates + row * gatesRow + unit, gateStride: gateStride)
        let offset = row * hRow + unit
        let reset = logistic(Vector(at: at.reset))
        let update = logistic(Vector(at: at.update))
        let candidate = hyperbolicTangent(
          Vector(at: at.candidate).adding(reset, times: Vector(at: at.fourth)))
        reset.store(to: at.reset)
        at.storeUpdate(update, candidate, previousH: previousH + offset, h: h + offset)
      }
    }
  }

  /// Reset after: turns R, Z, N into the gradients of their pre-activations, and q into dq.
  /// Adds to dPreviousH what reaches H' through Z.
  public static func gruBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, dH: UnsafePointer<Float>,
    dPreviousH: UnsafeMutablePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      for unit in stride(from: 0, to: units, by: 16) {
        let at = GRUBlocks(gates + row * gatesRow + unit, gateStride: gateStride)
        let offset = row * hRow + unit
        let reset = Vector(at: at.reset)
        let dCandidate = at.updateBackward(
          previousH: previousH + offset, dH: dH + offset, dPreviousH: dPreviousH + offset)
        (dCandidate * Vector(at: at.fourth) * reset * (1 - reset)).store(to: at.reset)
        (dCandidate * reset).store(to: at.fourth)
      }
    }
  }

  /// Reset before, first half: turns pre-activations into R and Z in place; the fourth block
  /// becomes R ⊙ H', the operand of the candidate's product.
  public static func gruResetForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      for unit in stride(from: 0, to: units, by: 16) {
        let at = GRUBlocks(gates + row * gatesRow + unit, gateStride: gateStride)
        let reset = logistic(Vector(at: at.reset))
        reset.store(to: at.reset)
        logistic(Vector(at: at.update)).store(to: at.update)
        (reset * Vector(at: previousH + row * hRow + unit)).store(to: at.fourth)
      }
    }
  }

  /// Reset before, second half: turns the candidate's pre-activation into N in place, writes H.
  public static func gruCandidateForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      for unit in stride(from: 0, to: units, by: 16) {
        let at = GRUBlocks(gates + row * gatesRow + unit, gateStride: gateStride)
        let offset = row * hRow + unit
        at.storeUpdate(
          Vector(at: at.update), hyperbolicTangent(Vector(at: at.candidate)),
          previousH: previousH + offset, h: h + offset)
      }
    }
  }

  /// Reset before, first half of the way back: turns Z and N into the gradients of their
  /// pre-activations. Adds to dPreviousH what reaches H' through Z.
  public static func gruCandidateBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, dH: UnsafePointer<Float>,
    dPreviousH: UnsafeMutablePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      for unit in stride(from: 0, to: units, by: 16) {
        let at = GRUBlocks(gates + row * gatesRow + unit, gateStride: gateStride)
        let offset = row * hRow + unit
        _ = at.updateBackward(
          previousH: previousH + offset, dH: dH + offset, dPreviousH: dPreviousH + offset)
      }
    }
  }

  /// Reset before, second half of the way back, given `dProduct`, the gradient of R ⊙ H': turns R
  /// into the gradient of its pre-activation. Adds to dPreviousH what reaches H' through R ⊙ H'.
  public static func gruResetBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, dProduct: UnsafePointer<Float>, dProductRow: Int,
    dPreviousH: UnsafeMutablePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      for unit in stride(from: 0, to: units, by: 16) {
        let at = GRUBlocks(gates + row * gatesRow + unit, gateStride: gateStride)
        let offset = row * hRow + unit
        let reset = Vector(at: at.reset)
        let gradient = Vector(at: dProduct + row * dProductRow + unit)
        (gradient * Vector(at: previousH + offset) * reset * (1 - reset)).store(to: at.reset)
        Vector(at: dPreviousH + offset).adding(gradient, times: reset)
          .store(to: dPreviousH + offset)
      }
    }
  }
}
