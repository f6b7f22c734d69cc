/// All that defines a training run besides its text: one flat JSON object in the checkpoint.
public struct Configuration: Codable, Equatable, Sendable {
  public var architecture = Architecture()
  public var training = TrainingOptions()

  public init() {}

  public init(from decoder: any Decoder) throws {
    architecture = try Architecture(from: decoder)
    training = try TrainingOptions(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try architecture.encode(to: encoder)
    try training.encode(to: encoder)
  }

  /// The name of the first option whose value is out of range.
  var invalidOption: String? { architecture.invalidOption ?? training.invalidOption }
}
