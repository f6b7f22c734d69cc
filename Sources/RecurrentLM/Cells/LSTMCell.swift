/// I, F, O = σ(X_t W_x* + H_{t-1} W_h* + b_*), G = tanh(X_t W_xc + H_{t-1} W_hc + b_c),
/// C_t = F ⊙ C_{t-1} + I ⊙ G, H_t = O ⊙ tanh(C_t).
///
/// The gates lie in PyTorch's order: I, F, G, O.
struct LSTMCell: Cell {
  var gateCount: Int { 4 }
  var slotCount: Int { 4 }
  var hasMemory: Bool { true }

  func forward(_ time: Int, of pass: CellPass, share: StepShare, worker: Worker) {
    let previousH = pass.previousState(pass.hidden, time)
    for gate in 0..<gateCount {
      pass.addRecurrentProduct(of: previousH, gate: gate, share: share, at: time, by: worker)
    }
    let gates = pass.gates(0..<1, at: time).part(share)
    let h = pass.state(pass.hidden, time).part(share)
    kernels.lstmForward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride,
      previousC: pass.previousState(pass.memory, time).part(share).base,
      c: pass.state(pass.memory, time).part(share).base, h: h.base, stateRow: h.rowStride)
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    let gates = pass.gates(0..<1, at: time).part(share)
    let dH = pass.state(gradients.dHidden, time).part(share)
    let dC = gradients.dMemory.part(share)
    kernels.lstmBackward(
      rows: share.texts.count, units: share.units.count, gates: gates.base, gateStride: pass.units,
      gatesRow: gates.rowStride,
      previousC: pass.previousState(pass.memory, time).part(share).base,
      c: pass.state(pass.memory, time).part(share).base, dH: dH.base, stateRow: dH.rowStride,
      dC: dC.base, dCRow: dC.rowStride)
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.gates(0..<4, at: time), gates: 0..<4, share: share, at: time, of: pass,
      by: worker)
  }
}
