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
        update.store(to: at.update)
        candidate.store(to: at.candidate)
        candidate.adding(update, times: Vector(at: previousH + offset) - candidate)
          .store(to: h + offset)
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
        let update = Vector(at: at.update)
        let candidate = Vector(at: at.candidate)
        let dHidden = Vector(at: dH + offset)
        let dCandidate = dHidden * (1 - update) * (1 - candidate * candidate)
        let dUpdate = dHidden * (Vector(at: previousH + offset) - candidate)
        (dCandidate * Vector(at: at.fourth) * reset * (1 - reset)).store(to: at.reset)
        (dUpdate * update * (1 - update)).store(to: at.update)
        dCandidate.store(to: at.candidate)
        (dCandidate * reset).store(to: at.fourth)
        Vector(at: dPreviousH + offset).adding(dHidden, times: update)
          .store(to: dPreviousH + offset)
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
        let update = Vector(at: at.update)
        let candidate = hyperbolicTangent(Vector(at: at.candidate))
        candidate.store(to: at.candidate)
        candidate.adding(update, times: Vector(at: previousH + offset) - candidate)
          .store(to: h + offset)
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
        let update = Vector(at: at.update)
        let candidate = Vector(at: at.candidate)
        let dHidden = Vector(at: dH + offset)
        let dUpdate = dHidden * (Vector(at: previousH + offset) - candidate)
        (dUpdate * update * (1 - update)).store(to: at.update)
        (dHidden * (1 - update) * (1 - candidate * candidate)).store(to: at.candidate)
        Vector(at: dPreviousH + offset).adding(dHidden, times: update)
          .store(to: dPreviousH + offset)
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
