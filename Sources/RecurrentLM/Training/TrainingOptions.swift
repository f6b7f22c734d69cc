/// The rule that turns gradients into updates.
public enum OptimizerKind: String, Codable, CaseIterable, Sendable {
  /// Stochastic gradient descent.
  case sgd
  /// Adam (Kingma and Ba 2015, arXiv:1412.6980) with β1 0.9, β2 0.999, ε 1e-8.
  case adam
}

/// How a model is trained, under the names of the command line's options.
public struct TrainingOptions: Codable, Equatable, Sendable {
  public var initialization = Initialization.uniform
  /// nil: the initialisation's default.
  public var initializationScale: Double?
  /// Added to the LSTM's forget gate at the start.
  public var forgetBias = 0.0
  public var text = TextMode.raw
  /// nil: all.
  public var maxCharacters: Int?
  public var batch = 32
  public var steps = 35
  public var sampling = Sampling.sequential
  public var epochs = 50
  public var optimizer = OptimizerKind.adam
  /// nil: the optimiser's default.
  public var learningRate: Double?
  /// The largest global norm of a gradient; 0: any.
  public var clip = 1.0
  public var seed: UInt64 = 1

  public init() {}

  enum CodingKeys: String, CodingKey {
    case initialization = "init"
    case initializationScale = "init-scale"
    case forgetBias = "forget-bias"
    case text
    case maxCharacters = "max-chars"
    case batch, steps, sampling, epochs, optimizer
    case learningRate = "lr"
    case clip, seed
  }

  /// An option that is new here is decoded with `decodeIfPresent`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.decode(into: &initialization, forKey: .initialization)
    try values.decodeIfPresent(into: &initializationScale, forKey: .initializationScale)
    try values.decode(into: &forgetBias, forKey: .forgetBias)
    try values.decode(into: &text, forKey: .text)
    try values.decodeIfPresent(into: &maxCharacters, forKey: .maxCharacters)
    try values.decode(into: &batch, forKey: .batch)
    try values.decode(into: &steps, forKey: .steps)
    try values.decode(into: &sampling, forKey: .sampling)
    try values.decode(into: &epochs, forKey: .epochs)
    try values.decode(into: &optimizer, forKey: .optimizer)
    try values.decodeIfPresent(into: &learningRate, forKey: .learningRate)
    try values.decode(into: &clip, forKey: .clip)
    try values.decode(into: &seed, forKey: .seed)
  }

  /// 0.002 for Adam and 1 for SGD, unless given.
  public var effectiveLearningRate: Double {
    learningRate ?? (optimizer == .adam ? 0.002 : 1)
  }

  public static let batchRange = 1...16_384
  public static let stepsRange = 1...16_384
  public static let epochsRange = 1...1_000_000_000
  public static let maxCharactersRange = 2...Int.max

  /// The name of the first option whose value is out of range.
  var invalidOption: String? {
    let checks = [
      ("init-scale", (initializationScale ?? 1) > 0),
      ("max-chars", TrainingOptions.maxCharactersRange.contains(maxCharacters ?? .max)),
      ("batch", TrainingOptions.batchRange.contains(batch)),
      ("steps", TrainingOptions.stepsRange.contains(steps)),
      ("epochs", TrainingOptions.epochsRange.contains(epochs)),
      ("lr", effectiveLearningRate > 0),
      ("clip", clip >= 0),
    ]
    return checks.first { !$0.1 }?.0
  }
}
