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

  /// An option that is new here is decoded with `decodeIfPresent`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.decode(into: &cell, forKey: .cell)
    try values.decode(into: &layers, forKey: .layers)
    try values.decode(into: &hidden, forKey: .hidden)
    try values.decode(into: &activation, forKey: .activation)
    try values.decode(into: &gruReset, forKey: .gruReset)
    try values.decode(into: &bidirectional, forKey: .bidirectional)
    try values.decode(into: &embedding, forKey: .embedding)
    try values.decodeIfPresent(into: &residual, forKey: .residual)
    try values.decodeIfPresent(into: &objective, forKey: .objective)
  }

  /// 2 where it is bidirectional, else 1.
  public var directions: Int { bidirectional ? 2 : 1 }

  /// Whether the stack is so deep that it hardly learns without residual connections.
  public var isDeep: Bool { layers > 2 }

  /// How a layer, counted from 0, differs from one of a plain stack.
  func rule(ofLayer layer: Int, _ dropout: Dropout) -> LayerRule {
    LayerRule(isResidual: residual && layer > 0, dropout: dropout)
  }

  /// Whether each direction of a layer reads both directions of the layer below, as in PyTorch. The
  /// network then sees the character that it predicts; for a cloze the directions meet only at the
  /// output.
  public var directionsMeet: Bool { bidirectional && !objective.seesTarget }

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
      ("objective", bidirectional || !objective.seesTarget),
    ]
    return checks.first { !$0.1 }?.0
  }

  /// What a time step computes.
  var recurrentCell: any Cell { cell.cell(activation: activation, gruReset: gruReset) }
}
