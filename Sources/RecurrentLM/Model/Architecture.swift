/// The kind of recurrent cell.
public enum CellKind: String, Codable, CaseIterable, Sendable {
  case rnn
  case gru
  case lstm
}

/// The nonlinearity of the RNN cell.
public enum Activation: String, Codable, CaseIterable, Sendable {
  case tanh
  case relu
}

/// Where a GRU's reset gate acts: on the recurrent product (PyTorch, cuDNN) or on its input.
public enum GRUReset: String, Codable, CaseIterable, Sendable {
  case after
  case before
}

/// What a network is built of, under the names of the command line's options.
public struct Architecture: Codable, Equatable, Sendable {
  public var cell = CellKind.lstm
  public var layers = 2
  /// Hidden units of each layer and direction.
  public var hidden = 256
  public var activation = Activation.tanh
  public var gruReset = GRUReset.after
  /// Whether each layer has a second stack of cells that runs from the end to the start.
  public var bidirectional = false
  /// Width of the character embedding; 0: one-hot input.
  public var embedding = 0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case cell, layers, hidden, activation, bidirectional, embedding
    case gruReset = "gru-reset"
  }

  /// 2 where it is bidirectional, else 1.
  public var directions: Int { bidirectional ? 2 : 1 }

  /// The sizes that fit every index computation.
  public static let layerRange = 1...256
  public static let hiddenRange = 1...16_384
  public static let embeddingRange = 0...16_384

  /// The name of the first option whose value is out of range.
  var invalidOption: String? {
    let checks = [
      ("layers", Architecture.layerRange.contains(layers)),
      ("hidden", Architecture.hiddenRange.contains(hidden)),
      ("embedding", Architecture.embeddingRange.contains(embedding)),
    ]
    return checks.first { !$0.1 }?.0
  }

  var cellRules: any Cell {
    switch (cell, gruReset) {
    case (.rnn, _): RNNCell(activation: activation)
    case (.lstm, _): LSTMCell()
    case (.gru, .after): GRUCell()
    case (.gru, .before): ResetBeforeGRUCell()
    }
  }
}
