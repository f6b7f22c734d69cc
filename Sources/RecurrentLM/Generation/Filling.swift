/// A text whose gaps have been filled.
public struct Filling: Equatable, Sendable {
  public let text: [Int32]
  /// Mean over all characters, in nats per character, each predicted from all others.
  public let loss: Double
}

/// How far the filling of a text is. How many passes there will be is not known: the last one is that
/// in which no place has improved.
public struct FillProgress: Equatable, Sendable {
  /// From 1.
  public let pass: Int
  /// From 1: a gap or two neighbouring ones.
  public let place: Int
  public let places: Int
}
