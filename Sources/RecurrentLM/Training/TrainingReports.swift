/// A loss, a gradient or a parameter that is no finite number; or a loss far above that of a uniform
/// guess: a hundred times in one minibatch, or ten times in the mean of an epoch.
public struct TrainingDiverged: Error, Equatable {
  /// From 1.
  public let epoch: Int
  public let learningRate: Double
}

/// What is known after a minibatch, and again after a validation within an epoch.
public struct MinibatchReport: Sendable {
  /// From 1.
  public let epoch: Int
  /// Minibatches done in this epoch, and all of it.
  public let done: Int
  public let count: Int
  /// Mean over the epoch so far, in nats per character.
  public let loss: Double
  /// Of the whole training, how much is done.
  public let fractionDone: Double
  /// Of the model after this minibatch; nil before it is evaluated, if it is.
  public let validation: ValidationRecord?
}
