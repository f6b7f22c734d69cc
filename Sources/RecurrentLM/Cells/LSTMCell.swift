/// I, F, O = σ(X_t W_x* + H_{t-1} W_h* + b_*), G = tanh(X_t W_xc + H_{t-1} W_hc + b_c),
/// C_t = F ⊙ C_{t-1} + I ⊙ G, H_t = O ⊙ tanh(C_t).
///
/// The gates lie in PyTorch's order: I, F, G, O.
struct LSTMCell: Cell {
  var gateCount: Int { 4 }
  var slotCount: Int { 4 }
  var hasMemory: Bool { true }

  func addRecurrentShare(_ time: Int, of pass: CellPass, _ part: StepPart) {
    pass.addRecurrentProduct(
      of: pass.previousState(pass.hidden, time), gates: 0..<4, part, at: time)
  }

  func forward(
    _ time: Int, of pass: CellPass, share: StepShare, hasRecurrentShare: Bool, worker: Worker
  ) {
    for part in share.parts {
      if !hasRecurrentShare { addRecurrentShare(time, of: pass, part) }
      let gates = pass.slot(0, at: time).part(part)
      let h = pass.state(pass.hidden, time).part(part)
      kernels.lstmForward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousC: pass.previousState(pass.memory, time).part(part).base,
        c: pass.state(pass.memory, time).part(part).base, h: h.base, stateRow: h.rowStride)
    }
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    for part in share.parts {
      let gates = pass.slot(0, at: time).part(part)
      let dH = pass.state(gradients.dHidden, time).part(part)
      let dC = gradients.dMemory.part(part)
      kernels.lstmBackward(
        rows: gates.rows, units: gates.columns, gates: gates.base,
        gateStride: pass.slots.blockStride, gatesRow: gates.rowStride,
        previousC: pass.previousState(pass.memory, time).part(part).base,
        c: pass.state(pass.memory, time).part(part).base, dH: dH.base, stateRow: dH.rowStride,
        dC: dC.base, dCRow: dC.rowStride)
    }
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.slots(0..<4, at: time), gates: 0..<4, share: share, at: time, of: pass)
  }
}
