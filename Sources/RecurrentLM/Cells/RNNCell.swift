/// H_t = φ(X_t W_xh + H_{t-1} W_hh + b_h), φ = tanh or ReLU.
struct RNNCell: Cell {
  let activation: Activation

  var gateCount: Int { 1 }
  var slotCount: Int { 1 }
  var hasMemory: Bool { false }

  func forward(_ time: Int, of pass: CellPass, units: Range<Int>, worker: Worker) {
    pass.addRecurrentProduct(
      of: pass.previousState(pass.hidden, time), gate: 0, units: units, at: time, by: worker)
    let a = pass.gates(0..<1, at: time).columns(units)
    let h = pass.state(pass.hidden, time).columns(units)
    kernels.rnnForward(
      rows: pass.batch, units: units.count, relu: activation == .relu,
      a: a.base, aRow: a.rowStride, h: h.base, hRow: h.rowStride)
  }

  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, units: Range<Int>, worker: Worker
  ) {
    let h = pass.state(pass.hidden, time).columns(units)
    let dH = pass.state(gradients.dHidden, time).columns(units)
    let dA = pass.gates(0..<1, at: time).columns(units)
    kernels.rnnBackward(
      rows: pass.batch, units: units.count, relu: activation == .relu,
      h: h.base, hRow: h.rowStride, dH: dH.base, dHRow: dH.rowStride,
      dA: dA.base, dARow: dA.rowStride)
    worker.synchronize()
    gradients.addToPreviousHidden(
      pass.gates(0..<1, at: time), gates: 0..<1, units: units, at: time, of: pass,
      by: worker)
  }
}
