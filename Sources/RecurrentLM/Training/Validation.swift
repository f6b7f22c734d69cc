/// The text by which a model is judged while it trains, and which it is not trained on.
public enum ValidationSource: Equatable, Sendable {
  /// The last tenth of a text of 100,000 characters or more; of a shorter one nothing.
  case auto
  /// The last part of the text, in 0..<1.
  case fraction(Double)
  /// A text of its own.
  case file(String)

  /// From what shortest text `auto` holds something out.
  static let shortestText = 100_000

  /// How many characters at the end of a text are held out; none if it is a text of its own.
  ///
  /// - Parameter count: characters of the text.
  public func heldOut(of count: Int) -> Int {
    switch self {
    case .auto: count < ValidationSource.shortestText ? 0 : count - Int(Double(count) * 0.9)
    case .fraction(let fraction): count - Int(Double(count) * (1 - fraction))
    case .file: 0
    }
  }

  /// The text of its own; nil if it is a part of the training text.
  public var fileName: String? {
    if case .file(let name) = self { name } else { nil }
  }
}

extension ValidationSource: Codable {
  /// `auto`, a number or the name of a file. A number from 1 on or below 0 is none of these.
  public init?(_ text: String) {
    if text == "auto" {
      self = .auto
    } else if let fraction = Double(text) {
      guard 0..<1 ~= fraction else { return nil }
      self = .fraction(fraction)
    } else {
      self = .file(text)
    }
  }

  public var text: String {
    switch self {
    case .auto: "auto"
    case .fraction(let fraction): "\(fraction)"
    case .file(let name): name
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let source = ValidationSource(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a fraction is at least 0 and below 1")
    }
    self = source
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A held-out text that has no character to predict.
public struct HeldOutTextTooShort: Error, Equatable {
  public let characters: Int

  public init(characters: Int) { self.characters = characters }
}

/// What a validation has found.
public struct ValidationRecord: Codable, Equatable, Sendable {
  /// After how many updates.
  public var updates: Int
  /// After how many epochs, with a fraction where it was within one.
  public var epoch: Double
  /// Of the held-out text, in nats per character.
  public var loss: Double

  /// exp(loss)
  public var perplexity: Double { RecurrentLM.perplexity(ofLoss: loss) }
}

/// Measures a model on a held-out text from time to time.
struct Validation {
  let text: Tokens
  /// Made once: it takes as long as the text is.
  let fingerprint: TextFingerprint
  private let evaluator: Evaluator
  private let streams: Int
  /// Updates between two validations within an epoch.
  private let interval: Int
  /// The fewest updates between any two validations.
  private let shortestInterval: Int

  /// Multiply-adds of training between two validations within an epoch: some minutes of two cores.
  private static let operations = 3e13
  /// Trained characters for each one that is evaluated. To evaluate takes a third of the time of training,
  /// so no more than 5% goes into it.
  private static let trainedCharacters = 7

  /// - Throws: `HeldOutTextTooShort`.
  init(
    _ model: LanguageModel, _ text: Tokens, _ options: TrainingOptions, on pool: WorkerPool
  ) throws(HeldOutTextTooShort) {
    let predicted = text.count - model.architecture.objective.targetOffset
    guard predicted > 0 else { throw HeldOutTextTooShort(characters: text.count) }
    self.text = text
    fingerprint = TextFingerprint(text)
    streams = min(options.batch, predicted)
    evaluator = Evaluator(model, on: pool, steps: options.steps)
    let minibatch = Double(options.batch * options.steps)
    // Each parameter takes part in three products of a character: forward, back, and for its gradient.
    interval = Int(Validation.operations / (3 * Double(model.layout.count) * minibatch)) + 1
    shortestInterval = max(
      Int(Double(Validation.trainedCharacters * predicted) / minibatch), 1)
  }

  /// Whether the model is to be evaluated now. It follows from the place in the training alone, so that a
  /// resumed run does as an uninterrupted one.
  ///
  /// - Parameters:
  ///   - updates: done since the start.
  ///   - minibatch: done in this epoch.
  ///   - count: of minibatches in this epoch.
  func isDue(afterUpdates updates: Int, minibatch: Int, of count: Int) -> Bool {
    if minibatch == count {
      return updates / shortestInterval > (updates - count) / shortestInterval
    }
    return updates.isMultiple(of: max(interval, shortestInterval))
      && min(minibatch, count - minibatch) >= shortestInterval
  }

  /// The loss in nats per character: what `charnn eval` finds with as many streams as the batch has.
  ///
  /// - Parameter goesOn: is asked after each window of the text.
  /// - Returns: nil if it was told to stop before the end.
  /// - Throws: `InsufficientMemory`.
  func loss(while goesOn: @escaping () -> Bool) throws -> Double? {
    struct Stopped: Error {}
    do {
      let evaluation = try evaluator.evaluate(
        text, streams: streams, onProgress: { _ in guard goesOn() else { throw Stopped() } })
      return evaluation.loss
    } catch is Stopped {
      return nil
    }
  }
}
