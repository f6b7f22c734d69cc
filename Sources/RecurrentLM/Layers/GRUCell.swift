import KernelOperands

/// The GRU whose reset gate acts after the recurrent product, as in PyTorch and cuDNN:
///
/// R, Z = σ(X_t W_x* + H_{t-1} W_h* + b_*), N = tanh(X_t W_xn + b_xn + R ⊙ (H_{t-1} W_hn + b_hn)),
/// H_t = Z ⊙ H_{t-1} + (1 - Z) ⊙ N.
///
/// Four blocks: R, Z, N in PyTorch's order, then q = H_{t-1} W_hn + b_hn, which R multiplies.
struct GRUCell: Cell {
  var gateCount: Int { 3 }
  var blockCount: Int { 4 }
  var hasCellState: Bool { false }
  var blockSignals: [CellSignal] { gruSignals }
  var recurrentProducts: [RecurrentProduct] {
    [
      RecurrentProduct(gates: 0..<2, blocks: 0..<2),
      RecurrentProduct(gates: 2..<3, blocks: 3..<4, standsAlone: true),
    ]
  }

  func forward(_ step: StepOperands, phase: Int) { kernels.gruForward(step) }

  func backward(_ step: StepOperands, _ gradients: StepGradients, phase: Int) {
    kernels.gruBackward(step, gradients)
  }
}

/// The GRU of the original formula, whose reset gate acts before the recurrent product:
///
/// N = tanh(X_t W_xn + (R ⊙ H_{t-1}) W_hn + b_n), the rest as in `GRUCell`.
///
/// Four blocks: R, Z, N, then R ⊙ H_{t-1}, the operand of the candidate's product.
struct ResetBeforeGRUCell: Cell {
  var gateCount: Int { 3 }
  var blockCount: Int { 4 }
  var hasCellState: Bool { false }
  var blockSignals: [CellSignal] { gruSignals }
  var recurrentProducts: [RecurrentProduct] {
    [
      RecurrentProduct(gates: 0..<2, blocks: 0..<2),
      RecurrentProduct(gates: 2..<3, blocks: 2..<3, operand: .block(3)),
    ]
  }

  func forward(_ step: StepOperands, phase: Int) {
    if phase == 0 { kernels.gruResetForward(step) } else { kernels.gruCandidateForward(step) }
  }

  func backward(_ step: StepOperands, _ gradients: StepGradients, phase: Int) {
    if phase == 0 {
      kernels.gruResetBackward(step, gradients)
    } else {
      kernels.gruCandidateBackward(step, gradients)
    }
  }
}

/// R, Z and N, the first three blocks of either GRU.
private let gruSignals = [
  CellSignal(name: "reset gate", scale: .gate, source: .block(0)),
  CellSignal(name: "update gate", scale: .gate, source: .block(1)),
  CellSignal(name: "candidate", scale: .signed, source: .block(2)),
]
