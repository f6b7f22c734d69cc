/// The results of an epoch.
public struct EpochRecord: Codable, Equatable, Sendable {
  /// From 1.
  public var epoch: Int
  /// Mean over the epoch's characters, in nats per character.
  public var loss: Double
  /// Of the held-out text at the end of the epoch, in nats per character; nil where it was not measured.
  public var validationLoss: Double?
  public var learningRate: Double
  /// Mean over the epoch's minibatches, before clipping.
  public var gradientNorm: Double

  enum CodingKeys: String, CodingKey {
    case epoch, loss
    case validationLoss = "validation_loss"
    case learningRate = "learning_rate"
    case gradientNorm = "gradient_norm"
  }

  /// exp(loss)
  public var perplexity: Double { RecurrentLM.perplexity(ofLoss: loss) }
}
