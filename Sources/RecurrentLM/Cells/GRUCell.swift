/// The GRU whose reset gate acts after the recurrent product, as in PyTorch and cuDNN:
///
/// R, Z = σ(X_t W_x* + H_{t-1} W_h* + b_*), N = tanh(X_t W_xn + b_xn + R ⊙ (H_{t-1} W_hn + b_hn)),
/// H_t = Z ⊙ H_{t-1} + (1 - Z) ⊙ N.
///
/// Four slots: R, Z, N in PyTorch's order, then q = H_{t-1} W_hn + b_hn.
struct GRUCell: Cell {
  var gateCount: Int { 3 }
  var slotCount: Int { 4 }
  var hasMemory: Bool { false }

  /// b_hn stays apart: the reset gate multiplies it.
  var gatesOfJointBiases: Range<Int> { 0..<2 }

  func addRecurrentShare(_ time: Int, of pass: CellPass, _ part: StepPart) {
    let previousH = pass.previousState(pass.hidden, time)
    pass.addRecurrentProduct(of: previousH, gates: 0..<2, part, at: time)
    pass.slot(3, at: time).part(part).setProduct(
      previousH.rows(part.texts), pass.weights.hidden.block(2).strip(part.strip),
      startingFrom: .row(pass.weights.hiddenBias.block(2, width: pass.units).columns(part.units)))
  }

  func forward(
    _ time: Int, of pass: CellPass, share: StepShare, hasRecurrentShare: Bool, worker: Worker
  ) {
    let previousH = pass.previousState(pass.hidden, time)
    for part in share.parts {
      if !hasRecurrentShare { addRecurrentShare(time, of: pass, part) }
      let gates = pass.slot(0, at: time).part(part)
      let h = pass.state(pass.hidden, time).part(part)
      kernels.gruForward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousH: previousH.part(part).base, h: h.base, hRow: h.rowStride)
    }
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    for part in share.parts {
      let gates = pass.slot(0, at: time).part(part)
      let dH = pass.state(gradients.dHidden, time).part(part)
      kernels.gruBackward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousH: pass.previousState(pass.hidden, time).part(part).base, dH: dH.base,
        dPreviousH: pass.previousState(gradients.dHidden, time).part(part).base,
        hRow: dH.rowStride)
    }
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.slots(0..<2, at: time), gates: 0..<2, share: share, at: time, of: pass)
    gradients.addToPreviousHidden(
      pass.slot(3, at: time), gates: 2..<3, share: share, at: time, of: pass)
  }

  func weightGradients(
    of pass: CellPass, _ gradients: CellGradients, operands: [Matrix], worker: Worker
  ) {
    gradients.setHiddenWeight(0..<2, operands[0], pass.slots.blocks(0..<2), sharedWith: worker)
    gradients.setHiddenWeight(2..<3, operands[0], pass.slots.block(3), sharedWith: worker)
  }
}

/// The GRU of the original formula, whose reset gate acts before the recurrent product:
///
/// N = tanh(X_t W_xn + (R ⊙ H_{t-1}) W_hn + b_n), the rest as in `GRUCell`.
///
/// Four slots: R, Z, N, then R ⊙ H_{t-1}, the operand of the candidate's product.
struct ResetBeforeGRUCell: Cell {
  var gateCount: Int { 3 }
  var slotCount: Int { 4 }
  var hasMemory: Bool { false }

  /// That of R and Z; the candidate's needs R.
  func addRecurrentShare(_ time: Int, of pass: CellPass, _ part: StepPart) {
    pass.addRecurrentProduct(
      of: pass.previousState(pass.hidden, time), gates: 0..<2, part, at: time)
  }

  func forward(
    _ time: Int, of pass: CellPass, share: StepShare, hasRecurrentShare: Bool, worker: Worker
  ) {
    let previousH = pass.previousState(pass.hidden, time)
    for part in share.parts {
      if !hasRecurrentShare { addRecurrentShare(time, of: pass, part) }
      let gates = pass.slot(0, at: time).part(part)
      let previousUnits = previousH.part(part)
      kernels.gruResetForward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousH: previousUnits.base, hRow: previousUnits.rowStride)
    }
    share.synchronize(worker)
    for part in share.parts {
      pass.addRecurrentProduct(
        of: pass.slot(3, at: time), gates: 2..<3, part, at: time)
      let gates = pass.slot(0, at: time).part(part)
      let h = pass.state(pass.hidden, time).part(part)
      kernels.gruCandidateForward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousH: previousH.part(part).base, h: h.base, hRow: h.rowStride)
    }
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    let (previousH, dH) = (
      pass.previousState(pass.hidden, time), pass.state(gradients.dHidden, time)
    )
    let dPreviousH = pass.previousState(gradients.dHidden, time)
    for part in share.parts {
      let gates = pass.slot(0, at: time).part(part)
      kernels.gruCandidateBackward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousH: previousH.part(part).base, dH: dH.part(part).base,
        dPreviousH: dPreviousH.part(part).base, hRow: dH.rowStride)
    }
    share.synchronize(worker)
    // dH of this step has been used up: its place takes the gradient of R ⊙ H_{t-1}.
    dH.part(share).setProduct(
      pass.slot(2, at: time).rows(share.texts),
      gradients.hiddenWeightTransposed.rows(2 * pass.units..<3 * pass.units).columns(share.units))
    for part in share.parts {
      let gates = pass.slot(0, at: time).part(part)
      kernels.gruResetBackward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousH: previousH.part(part).base, dProduct: dH.part(part).base,
        dProductRow: dH.rowStride, dPreviousH: dPreviousH.part(part).base, hRow: dH.rowStride)
    }
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.slots(0..<2, at: time), gates: 0..<2, share: share, at: time, of: pass)
  }

  func furtherOperands(of pass: CellPass) -> [StripedMatrix] { [pass.slots.block(3)] }

  func weightGradients(
    of pass: CellPass, _ gradients: CellGradients, operands: [Matrix], worker: Worker
  ) {
    gradients.setHiddenWeight(0..<2, operands[0], pass.slots.blocks(0..<2), sharedWith: worker)
    gradients.setHiddenWeight(2..<3, operands[1], pass.slots.block(2), sharedWith: worker)
  }
}
