import KernelOperands

/// The nonlinearity of the RNN cell.
public enum Activation: String, Codable, CaseIterable, Sendable {
  case tanh
  case relu
}

/// H_t = φ(X_t W_xh + H_{t-1} W_hh + b_h), φ = tanh or ReLU.
struct RNNCell: Cell {
  let activation: Activation

  var gateCount: Int { 1 }
  var blockCount: Int { 1 }
  var hasCellState: Bool { false }
  /// None: its block still holds the pre-activation.
  var blockSignals: [CellSignal] { [] }
  var hiddenScale: CellSignal.Scale { activation == .tanh ? .signed : .positive }
  var recurrentProducts: [RecurrentProduct] { [RecurrentProduct(gates: 0..<1, blocks: 0..<1)] }

  func forward(_ step: StepOperands, phase: Int) {
    kernels.rnnForward(step, relu: activation == .relu)
  }

  func backward(_ step: StepOperands, _ gradients: StepGradients, phase: Int) {
    kernels.rnnBackward(step, gradients, relu: activation == .relu)
  }
}
