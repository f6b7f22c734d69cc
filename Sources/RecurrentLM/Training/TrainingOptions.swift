/// The rule that turns gradients into updates.
public enum OptimizerKind: String, Codable, CaseIterable, Sendable {
  /// Stochastic gradient descent.
  case sgd
  /// Adam (Kingma and Ba 2015, arXiv:1412.6980) with β1 0.9, β2 0.999, ε 1e-8.
  case adam
  /// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101).
  case adamw
}

/// Which model of a training its checkpoint holds for other commands.
public enum KeptModel: String, Codable, CaseIterable, Sendable {
  /// The one with the lowest held-out loss; the last where no text is held out.
  case best
  case last
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
  public var validation = ValidationSource.auto
  /// Of products, in training and wherever the model is used later.
  public var precision = Precision.float {
    didSet {
      guard precision != oldValue else { return }
      pairOrder = precision == .bfloat16 ? InstructionSet.current.pairOrder : nil
    }
  }
  /// The order of sums in bfloat16: this machine's fastest when `precision` is set. nil in Float, and in older
  /// files, which mean `inTurn`.
  public private(set) var pairOrder: PairOrder?
  public var batch = 32
  public var steps = 35
  public var sampling = Sampling.sequential
  public var offset = Offset.random
  /// The probability that a hidden state is not handed on; see `Dropout.outputs`.
  public var dropout = 0.0
  /// The probability that a recurrent weight is left out; see `Dropout.recurrentWeights`.
  public var recurrentDropout = 0.0
  public var epochs = 50
  /// Of training with all its validations, those before it was resumed included; nil: any number. The
  /// result then depends on the clock.
  public var maxMinutes: Double?
  /// Epochs without a lower held-out loss after which training ends; nil: it goes on.
  public var patience: Int?
  public var keep = KeptModel.best
  public var optimizer = OptimizerKind.adam
  /// nil: the optimiser's default.
  public var learningRate: Double?
  /// The largest global norm of a gradient; 0: any.
  public var clip = 1.0
  /// The part of a weight that an update takes away, divided by the learning rate; biases keep theirs.
  /// nil: the optimiser's default.
  public var weightDecay: Double?
  public var schedule = Schedule.constant
  /// Updates over which the learning rate rises.
  public var warmup = 0
  public var seed: UInt64 = 1

  public init() {}

  enum CodingKeys: String, CodingKey {
    case initialization = "init"
    case initializationScale = "init-scale"
    case forgetBias = "forget-bias"
    case text
    case maxCharacters = "max-chars"
    case validation, precision
    case pairOrder = "pair-order"
    case batch, steps, sampling, offset, dropout
    case recurrentDropout = "recurrent-dropout"
    case epochs
    case maxMinutes = "max-minutes"
    case patience, keep, optimizer
    case learningRate = "lr"
    case clip
    case weightDecay = "weight-decay"
    case schedule, warmup, seed
  }

  /// An option that is new here is decoded with `decodeIfPresent`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.decode(into: &initialization, forKey: .initialization)
    try values.decodeIfPresent(into: &initializationScale, forKey: .initializationScale)
    try values.decode(into: &forgetBias, forKey: .forgetBias)
    try values.decode(into: &text, forKey: .text)
    try values.decodeIfPresent(into: &maxCharacters, forKey: .maxCharacters)
    validation = .fraction(0)
    try values.decodeIfPresent(into: &validation, forKey: .validation)
    try values.decodeIfPresent(into: &precision, forKey: .precision)
    try values.decodeIfPresent(into: &pairOrder, forKey: .pairOrder)
    try values.decode(into: &batch, forKey: .batch)
    try values.decode(into: &steps, forKey: .steps)
    try values.decode(into: &sampling, forKey: .sampling)
    try values.decodeIfPresent(into: &offset, forKey: .offset)
    try values.decodeIfPresent(into: &dropout, forKey: .dropout)
    try values.decodeIfPresent(into: &recurrentDropout, forKey: .recurrentDropout)
    try values.decode(into: &epochs, forKey: .epochs)
    try values.decodeIfPresent(into: &maxMinutes, forKey: .maxMinutes)
    try values.decodeIfPresent(into: &patience, forKey: .patience)
    try values.decodeIfPresent(into: &keep, forKey: .keep)
    try values.decode(into: &optimizer, forKey: .optimizer)
    try values.decodeIfPresent(into: &learningRate, forKey: .learningRate)
    try values.decode(into: &clip, forKey: .clip)
    try values.decodeIfPresent(into: &weightDecay, forKey: .weightDecay)
    try values.decodeIfPresent(into: &schedule, forKey: .schedule)
    try values.decodeIfPresent(into: &warmup, forKey: .warmup)
    try values.decode(into: &seed, forKey: .seed)
  }

  /// 0.002 for Adam and AdamW, 1 for SGD, unless given.
  public var effectiveLearningRate: Double {
    learningRate ?? (optimizer == .sgd ? 1 : 0.002)
  }

  /// 0.01 for AdamW and 0 for others, unless given.
  public var effectiveWeightDecay: Double {
    weightDecay ?? (optimizer == .adamw ? 0.01 : 0)
  }

  /// The order of sums wherever such a model is computed in bfloat16: this machine's fastest if it has been
  /// trained in Float.
  public var effectivePairOrder: PairOrder {
    precision == .bfloat16 ? pairOrder ?? .inTurn : InstructionSet.current.pairOrder
  }

  /// How many epochs there are; nil: any number.
  public var epochLimit: Int? {
    epochs == TrainingOptions.epochsRange.upperBound ? nil : epochs
  }

  /// What is left out at random in training.
  var dropouts: Dropout { Dropout(outputs: dropout, recurrentWeights: recurrentDropout) }

  public static let batchRange = 1...16_384
  public static let stepsRange = 1...16_384
  public static let epochsRange = 1...1_000_000_000
  public static let patienceRange = epochsRange
  /// A year.
  public static let longestMinutes = 525_600.0
  public static let maxCharactersRange = 2...Int.max
  public static let warmupRange = 0...1_000_000_000

  /// The name of the first option whose value is out of range.
  var invalidOption: String? {
    let checks = [
      ("init-scale", (initializationScale ?? 1) > 0),
      ("max-chars", TrainingOptions.maxCharactersRange.contains(maxCharacters ?? .max)),
      ("precision", precision != .int8),
      ("batch", TrainingOptions.batchRange.contains(batch)),
      ("steps", TrainingOptions.stepsRange.contains(steps)),
      ("dropout", 0..<1 ~= dropout),
      ("recurrent-dropout", 0..<1 ~= recurrentDropout),
      ("epochs", TrainingOptions.epochsRange.contains(epochs)),
      ("max-minutes", 0 < maxMinutes ?? 1 && maxMinutes ?? 1 <= TrainingOptions.longestMinutes),
      ("patience", TrainingOptions.patienceRange.contains(patience ?? 1)),
      ("lr", effectiveLearningRate > 0),
      ("clip", clip >= 0),
      ("weight-decay", effectiveWeightDecay >= 0),
      ("warmup", TrainingOptions.warmupRange.contains(warmup)),
    ]
    return checks.first { !$0.1 }?.0
  }
}
