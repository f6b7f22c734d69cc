/// The kind of recurrent cell.
public enum CellKind: String, Codable, CaseIterable, Sendable {
  case rnn
  case gru
  case lstm
}

/// Where a GRU's reset gate acts: on the recurrent product (PyTorch, cuDNN) or on its input.
public enum GRUReset: String, Codable, CaseIterable, Sendable {
  case after
  case before
}

extension CellKind {
  /// The one table of cells: what each computes.
  func cell(activation: Activation, gruReset: GRUReset) -> any Cell {
    switch (self, gruReset) {
    case (.rnn, _): RNNCell(activation: activation)
    case (.lstm, _): LSTMCell()
    case (.gru, .after): GRUCell()
    case (.gru, .before): ResetBeforeGRUCell()
    }
  }
}
