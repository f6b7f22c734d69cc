import KernelOperands

/// I, F, O = σ(X_t W_x* + H_{t-1} W_h* + b_*), G = tanh(X_t W_xc + H_{t-1} W_hc + b_c),
/// C_t = F ⊙ C_{t-1} + I ⊙ G, H_t = O ⊙ tanh(C_t).
///
/// The gates lie in PyTorch's order: I, F, G, O.
struct LSTMCell: Cell {
  var gateCount: Int { 4 }
  var blockCount: Int { 4 }
  var hasCellState: Bool { true }
  var blockSignals: [CellSignal] {
    [
      CellSignal(name: "input gate", scale: .gate, source: .block(0)),
      CellSignal(name: "forget gate", scale: .gate, source: .block(1)),
      CellSignal(name: "output gate", scale: .gate, source: .block(3)),
      CellSignal(name: "candidate", scale: .signed, source: .block(2)),
    ]
  }
  var recurrentProducts: [RecurrentProduct] { [RecurrentProduct(gates: 0..<4, blocks: 0..<4)] }

  func forward(_ step: StepOperands, phase: Int) { kernels.lstmForward(step) }

  func backward(_ step: StepOperands, _ gradients: StepGradients, phase: Int) {
    kernels.lstmBackward(step, gradients)
  }
}
