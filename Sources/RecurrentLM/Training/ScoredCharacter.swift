/// A character that a model has predicted. Valid only while the evaluation hands it out.
public struct ScoredCharacter {
  /// In the text.
  public let position: Int
  /// Its surprisal.
  public let nats: Double
  private let network: Network
  private let row: Int

  init(position: Int, _ network: Network, row: Int) {
    self.position = position
    self.network = network
    self.row = row
    nats = Double(network.loss(row: row))
  }

  /// The most probable tokens in its place, the most probable first.
  ///
  /// - Complexity: that of `candidates(ofLogits:count:)`; nothing where it is not asked for.
  public func expected(_ count: Int) -> [Candidate] {
    candidates(ofLogits: network.logProbabilities(ofRow: row), count: count)
  }
}
