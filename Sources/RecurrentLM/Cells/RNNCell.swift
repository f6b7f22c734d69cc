/// H_t = φ(X_t W_xh + H_{t-1} W_hh + b_h), φ = tanh or ReLU.
struct RNNCell: Cell {
  let activation: Activation

  var gateCount: Int { 1 }
  var slotCount: Int { 1 }
  var hasMemory: Bool { false }

  func addRecurrentShare(_ time: Int, of pass: CellPass, _ part: StepPart) {
    pass.addRecurrentProduct(
      of: pass.previousState(pass.hidden, time), gates: 0..<1, part, at: time)
  }

  func forward(
    _ time: Int, of pass: CellPass, share: StepShare, hasRecurrentShare: Bool, worker: Worker
  ) {
    for part in share.parts {
      if !hasRecurrentShare { addRecurrentShare(time, of: pass, part) }
      let a = pass.slot(0, at: time).part(part)
      let h = pass.state(pass.hidden, time).part(part)
      kernels.rnnForward(
        rows: a.rows, units: a.columns, relu: activation == .relu,
        a: a.base, aRow: a.rowStride, h: h.base, hRow: h.rowStride)
    }
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker
  ) {
    for part in share.parts {
      let h = pass.state(pass.hidden, time).part(part)
      let dH = pass.state(gradients.dHidden, time).part(part)
      let dA = pass.slot(0, at: time).part(part)
      kernels.rnnBackward(
        rows: dA.rows, units: dA.columns, relu: activation == .relu,
        h: h.base, hRow: h.rowStride, dH: dH.base, dHRow: dH.rowStride,
        dA: dA.base, dARow: dA.rowStride)
    }
    share.synchronize(worker)
    gradients.addToPreviousHidden(
      pass.slot(0, at: time), gates: 0..<1, share: share, at: time, of: pass)
  }
}
