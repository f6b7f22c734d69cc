/// The result of evaluating a model on a text.
public struct Evaluation: Equatable, Sendable {
  /// Sum over the predicted characters, in nats.
  public var totalLoss = 0.0
  /// How many characters were predicted.
  public var characters = 0

  /// Nats per character.
  public var loss: Double { totalLoss / Double(characters) }
  public var perplexity: Double { RecurrentLM.perplexity(ofLoss: loss) }
  /// log2 of the perplexity.
  public var bitsPerCharacter: Double { bits(ofNats: loss) }
}

/// A model that learned what it read until its loss was no finite number.
public struct AdaptationDiverged: Error, Equatable {
  public let rate: Double

  public init(rate: Double) { self.rate = rate }
}

/// exp(loss): the number of equally likely characters that would be as hard to guess.
public func perplexity(ofLoss loss: Double) -> Double { exp(loss) }

/// An amount of information in bits, from nats.
public func bits(ofNats nats: Double) -> Double { nats / 0.693_147_180_559_945_3 }
