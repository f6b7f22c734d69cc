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

/// What a network learns to predict.
public enum Objective: String, Codable, CaseIterable, Sendable {
  /// Each character from those before it; a bidirectional network also sees the character itself.
  case next
  /// Each character from those before it and those after it, which a bidirectional network reads
  /// in two stacks that meet only at the output (as in the cloze test of Taylor 1953,
  /// doi:10.1177/107769905303000401).
  case cloze
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
  /// Whether each layer from the second up adds its input to its output (He et al. 2016,
  /// doi:10.1109/CVPR.2016.90).
  public var residual = false
  public var objective = Objective.next

  public init() {}

  enum CodingKeys: String, CodingKey {
    case cell, layers, hidden, activation, bidirectional, embedding, residual, objective
    case gruReset = "gru-reset"
  }

  /// Checkpoints written before there was a choice have neither `residual` nor `objective`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    cell = try values.decode(CellKind.self, forKey: .cell)
    layers = try values.decode(Int.self, forKey: .layers)
    hidden = try values.decode(Int.self, forKey: .hidden)
    activation = try values.decode(Activation.self, forKey: .activation)
    gruReset = try values.decode(GRUReset.self, forKey: .gruReset)
    bidirectional = try values.decode(Bool.self, forKey: .bidirectional)
    embedding = try values.decode(Int.self, forKey: .embedding)
    residual = try values.decodeIfPresent(Bool.self, forKey: .residual) ?? false
    objective = try values.decodeIfPresent(Objective.self, forKey: .objective) ?? .next
  }

  /// 2 where it is bidirectional, else 1.
  public var directions: Int { bidirectional ? 2 : 1 }

  /// Whether the stack is so deep that it hardly learns without residual connections.
  public var isDeep: Bool { layers > 2 }

  /// Whether a layer, counted from 0, adds its input to its output.
  func addsInput(layer: Int) -> Bool { residual && layer > 0 }

  /// Whether each direction of a layer reads both directions of the layer below, as in PyTorch. The
  /// network then sees the character that it predicts; for a cloze the directions meet only at the
  /// output.
  public var directionsMeet: Bool { bidirectional && objective == .next }

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
      ("objective", objective == .next || bidirectional),
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
