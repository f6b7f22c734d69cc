/// A token that may come next, and how probable the model holds it.
public struct Candidate: Equatable, Sendable {
  public let token: Int32
  /// From 0 to 1.
  public let probability: Double

  public init(token: Int32, probability: Double) {
    self.token = token
    self.probability = probability
  }
}

/// The most probable tokens by the softmax of their logits, the most probable first, of equally probable
/// ones that with the smaller number.
///
/// - Parameters:
///   - logits: by token; -∞ for what may not be chosen, which is left out.
///   - count: how many; fewer where there are not as many.
/// - Complexity: O(V) and a little for each time that a token is more probable than one before it.
public func candidates(ofLogits logits: [Float], count: Int) -> [Candidate] {
  guard let largest = logits.max(), count > 0 else { return [] }
  var best: [(token: Int, logit: Float)] = []
  var sum = 0.0
  for (token, logit) in logits.enumerated() where logit > -.infinity {
    sum += exp(Double(logit) - Double(largest))
    if best.count == count, let last = best.last, logit <= last.logit { continue }
    let place = best.firstIndex { $0.logit < logit } ?? best.count
    best.insert((token, logit), at: place)
    if best.count > count { best.removeLast() }
  }
  return best.map { candidate in
    Candidate(
      token: Int32(truncatingIfNeeded: candidate.token),
      probability: exp(Double(candidate.logit) - Double(largest)) / sum)
  }
}
