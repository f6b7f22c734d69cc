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
  func combineBiases(input: Matrix, hidden: Matrix, into combined: Matrix) {
    let units = combined.columns / gateCount
    combined.copy(from: input)
    kernels.add(count: 2 * units, x: input.base, y: hidden.base, z: combined.base)
  }

  func forward(_ time: Int, of pass: CellPass, share: StepShare, worker: Worker) {
    let previousH = pass.previousState(pass.hidden, time)
    for gate in 0..<2 {
      pass.addRecurrentProduct(of: previousH, gate: gate, share: share, at: time, by: worker)
    }
    pass.gates(3..<4, at: time).part(share).setProduct(
      previousH.rows(share.texts), pass.hiddenWeight.block(2).columns(share.units),
      startingFrom: .row(pass.hiddenBias.block(2, width: pass.units).columns(share.units)),
      by: worker)
    let gates = pass.gates(0..<1, at: time).part(share)
    let h = pass.state(pass.hidden, time).part(share)
    kernels.gruForward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride, previousH: previousH.part(share).base,
      h: h.base, hRow: h.rowStride)
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    let gates = pass.gates(0..<1, at: time).part(share)
    let dH = pass.state(gradients.dHidden, time).part(share)
    kernels.gruBackward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride,
      previousH: pass.previousState(pass.hidden, time).part(share).base, dH: dH.base,
      dPreviousH: pass.previousState(gradients.dHidden, time).part(share).base,
      hRow: dH.rowStride)
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.gates(0..<2, at: time), gates: 0..<2, share: share, at: time, of: pass,
      by: worker)
    gradients.addToPreviousHidden(
      pass.gates(3..<4, at: time), gates: 2..<3, share: share, at: time, of: pass,
      by: worker)
  }

  func weightGradients(
    of pass: CellPass, _ gradients: CellGradients, operands: [Matrix], worker: Worker
  ) {
    let width = 2 * pass.units
    for (gates, columns) in [
      (pass.gates(0..<2), 0..<width), (pass.gates(3..<4), width..<width + pass.units),
    ] {
      gradients.hiddenWeight.columns(columns).setProduct(
        operands[0], gates,
        columnSums: gradients.hiddenBias.columns(columns), sharedWith: worker)
    }
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

  func forward(_ time: Int, of pass: CellPass, share: StepShare, worker: Worker) {
    let previousH = pass.previousState(pass.hidden, time)
    let previousUnits = previousH.part(share)
    let gates = pass.gates(0..<1, at: time).part(share)
    let h = pass.state(pass.hidden, time).part(share)
    for gate in 0..<2 {
      pass.addRecurrentProduct(of: previousH, gate: gate, share: share, at: time, by: worker)
    }
    kernels.gruResetForward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride, previousH: previousUnits.base, hRow: previousUnits.rowStride)
    share.synchronize(worker)
    pass.addRecurrentProduct(
      of: pass.gates(3..<4, at: time), gate: 2, share: share, at: time, by: worker)
    kernels.gruCandidateForward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride, previousH: previousUnits.base, h: h.base, hRow: h.rowStride)
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    let gates = pass.gates(0..<1, at: time).part(share)
    let previousH = pass.previousState(pass.hidden, time).part(share)
    let dH = pass.state(gradients.dHidden, time).part(share)
    let dPreviousH = pass.previousState(gradients.dHidden, time).part(share)
    kernels.gruCandidateBackward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride, previousH: previousH.base, dH: dH.base,
      dPreviousH: dPreviousH.base, hRow: dH.rowStride)
    share.synchronize(worker)
    // dH of this step has been used up: its place takes the gradient of R ⊙ H_{t-1}.
    dH.setProduct(
      pass.gates(2..<3, at: time).rows(share.texts),
      gradients.hiddenWeightTransposed.rows(2 * pass.units..<3 * pass.units).columns(share.units),
      by: worker)
    kernels.gruResetBackward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride, previousH: previousH.base, dProduct: dH.base,
      dProductRow: dH.rowStride, dPreviousH: dPreviousH.base, hRow: dH.rowStride)
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.gates(0..<2, at: time), gates: 0..<2, share: share, at: time, of: pass,
      by: worker)
  }

  func furtherOperands(of pass: CellPass) -> [Matrix] { [pass.gates(3..<4)] }

  func weightGradients(
    of pass: CellPass, _ gradients: CellGradients, operands: [Matrix], worker: Worker
  ) {
    let width = 2 * pass.units
    let gates = [(0..<2, 0..<width), (2..<3, width..<width + pass.units)]
    for (operand, (gates, columns)) in zip(operands, gates) {
      gradients.hiddenWeight.columns(columns).setProduct(
        operand, pass.gates(gates),
        columnSums: gradients.hiddenBias.columns(columns), sharedWith: worker)
    }
  }
}
