/// How the next character is drawn from the model's distribution.
///
/// First the temperature acts; `minP`, `topK` and `topP` then act in this order, each on what the one
/// before has left. What is left is drawn in proportion to its probabilities.
public struct Sampler: Sendable, Equatable {
  /// 0: always the most probable character; below 1 more cautious than the model's distribution, above 1
  /// bolder.
  public var temperature = 0.0
  /// Only the `topK` most probable characters; nil: all.
  public var topK: Int?
  /// Only the most probable characters whose probabilities first reach this sum, in (0, 1]
  /// (nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751); nil: all.
  public var topP: Double?
  /// Only characters whose probability is at least this many times that of the most probable one, in
  /// (0, 1] (Nguyen et al. 2024, arXiv:2407.01082); nil: all.
  public var minP: Double?

  public init() {}

  /// A character's number.
  ///
  /// - Parameter logits: by number; -∞ for what may not be chosen.
  func choose(from logits: [Float], using generator: inout RandomGenerator) -> Int32 {
    // Of equal ones the first.
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    guard temperature > 0 else { return Int32(best) }
    let largest = Double(logits[best])
    // In Float, whose exponential takes half the time and is close enough to draw by.
    let least = minP ?? 0
    let weights = logits.map { logit in
      // Relative to that of the most probable character, which has 1.
      let weight = Double(exp(Float((Double(logit) - largest) / temperature)))
      return weight >= least ? weight : 0
    }
    return topK == nil && topP == nil
      ? draw(from: weights.indices, weights, using: &generator)
      : draw(from: mostProbable(weights), weights, using: &generator)
  }

  private func draw(
    from candidates: some Collection<Int>, _ weights: [Double],
    using generator: inout RandomGenerator
  ) -> Int32 {
    var rest = generator.uniform() * sum(of: candidates, weights)
    // Rounding may leave more than the last candidate's share: then it is that one.
    var drawn = 0
    for candidate in candidates where weights[candidate] > 0 {
      drawn = candidate
      rest -= weights[candidate]
      if rest < 0 { break }
    }
    return Int32(drawn)
  }

  /// The characters that `topK` and `topP` leave of those with a weight, the most probable first.
  ///
  /// - Parameter weights: their probabilities, relative to the largest of them.
  func mostProbable(_ weights: [Double]) -> ArraySlice<Int> {
    let sorted = candidates(weights).sorted { (a, b) in
      weights[a] > weights[b] || weights[a] == weights[b] && a < b
    }
    let kept = sorted.prefix(topK ?? sorted.count)
    guard let topP else { return kept }
    let goal = topP * (topK == nil ? sum(of: weights.indices, weights) : sum(of: kept, weights))
    var sum = 0.0
    return kept.prefix { candidate in
      defer { sum += weights[candidate] }
      return sum < goal
    }
  }

  /// Whatever may be kept: all characters above a bound that leaves enough. To sort all those of a
  /// Chinese text would take longer than the model's step.
  private func candidates(_ weights: [Double]) -> [Int] {
    let goal = (topP ?? 1) * sum(of: weights.indices, weights)
    var bound = 0x1p-2
    while bound > 0x1p-24 {
      let candidates = weights.indices.filter { weights[$0] >= bound }
      if topK.map({ candidates.count >= $0 }) ?? (sum(of: candidates, weights) >= goal) {
        return candidates
      }
      bound /= 4
    }
    return weights.indices.filter { weights[$0] > 0 }
  }

  private func sum(of candidates: some Collection<Int>, _ weights: [Double]) -> Double {
    candidates.reduce(0) { $0 + weights[$1] }
  }
}
