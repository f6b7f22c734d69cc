/// A text whose gaps have been filled.
public struct Filling: Equatable, Sendable {
  public let text: [Int32]
  /// Mean over all characters, in nats per character, each predicted from all others.
  public let loss: Double
}

/// The progress of filling a text. The number of passes is not known in advance: in the last one, no place
/// improves.
public struct FillProgress: Equatable, Sendable {
  /// From 1.
  public let pass: Int
  /// From 1: a gap or two neighbouring ones.
  public let place: Int
  public let places: Int
}
