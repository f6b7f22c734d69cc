/// H_t = φ(X_t W_xh + H_{t-1} W_hh + b_h), φ = tanh or ReLU.
struct RNNCell: Cell {
  let activation: Activation

  var gateCount: Int { 1 }
  var slotCount: Int { 1 }
  var hasMemory: Bool { false }

  func forward(_ time: Int, of pass: CellPass, share: StepShare, worker: Worker) {
    pass.addRecurrentProduct(
      of: pass.previousState(pass.hidden, time), gate: 0, share: share, at: time, by: worker)
    let a = pass.gates(0..<1, at: time).part(share)
    let h = pass.state(pass.hidden, time).part(share)
    kernels.rnnForward(
      rows: share.texts.count, units: share.units.count, relu: activation == .relu,
      a: a.base, aRow: a.rowStride, h: h.base, hRow: h.rowStride)
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    let h = pass.state(pass.hidden, time).part(share)
    let dH = pass.state(gradients.dHidden, time).part(share)
    let dA = pass.gates(0..<1, at: time).part(share)
    kernels.rnnBackward(
      rows: share.texts.count, units: share.units.count, relu: activation == .relu,
      h: h.base, hRow: h.rowStride, dH: dH.base, dHRow: dH.rowStride,
      dA: dA.base, dARow: dA.rowStride)
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.gates(0..<1, at: time), gates: 0..<1, share: share, at: time, of: pass,
      by: worker)
  }
}
