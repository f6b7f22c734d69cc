/// Where training stands: all that it carries besides parameters, moments and hidden state.
public struct TrainingProgress: Codable, Equatable, Sendable {
  /// The random state with which the current epoch began; its minibatches follow from it.
  var epochStart: RandomGenerator
  var generator: RandomGenerator
  /// Minibatches done in the current epoch.
  var minibatch = 0
  /// Updates done since the start.
  public internal(set) var updates = 0
  /// Sums over the current epoch, in nats and of norms.
  var lossTotal = 0.0
  var normTotal = 0.0
  /// The learning rate of the last update in the current epoch.
  var lastRate: Double?
  public var history: [EpochRecord] = []
  /// The best and the last of all validations; nil where there was none.
  public internal(set) var bestValidation: ValidationRecord?
  public internal(set) var lastValidation: ValidationRecord?

  /// Of a training with a time limit. nil without one: two runs then write the same bytes.
  var seconds: Double?

  /// More than any run will do, and far from what cannot be counted.
  static let mostUpdates = 1 << 53

  init(generator: RandomGenerator) {
    epochStart = generator
    self.generator = generator
  }

  public var epochsDone: Int { history.count }

  /// Whether the validations can have been made in this training.
  var hasSoundValidations: Bool {
    [bestValidation, lastValidation].compactMap(\.self).allSatisfy {
      0...updates ~= $0.updates && $0.epoch >= 0 && $0.loss.isFinite
    } && seconds ?? 0 >= 0
  }

  /// Whether the model that is kept is an older one than the last.
  func keepsOlderModel(_ kept: KeptModel) -> Bool {
    kept == .best && bestValidation.map { $0.updates != updates } ?? false
  }
}
