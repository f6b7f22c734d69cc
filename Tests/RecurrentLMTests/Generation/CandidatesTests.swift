import Foundation
import Testing

@testable import RecurrentLM

@Suite struct CandidatesTests {
  /// The plain definition, over all tokens.
  private func naive(_ logits: [Float], _ count: Int) -> [Candidate] {
    let weights = logits.map { exp(Double($0)) }
    let sum = weights.reduce(0, +)
    let all = weights.enumerated().map {
      Candidate(token: Int32($0.offset), probability: $0.element / sum)
    }
    return Array(
      all.sorted { ($0.probability, -$0.token) > ($1.probability, -$1.token) }.prefix(count))
  }

  @Test(arguments: [1, 2, 5, 40, 100])
  func theyAreTheMostProbableTokensInOrder(_ count: Int) {
    var generator = RandomGenerator(seed: 3)
    // Quarters, so that some are equal.
    let logits = (0..<40).map { _ in Float((generator.uniform() * 40).rounded() / 4 - 5) }
    let (found, expected) = (candidates(ofLogits: logits, count: count), naive(logits, count))
    #expect(found.map(\.token) == expected.map(\.token))
    for (a, b) in zip(found, expected) { #expect(abs(a.probability - b.probability) < 1e-12) }
    if count >= 40 { #expect(abs(found.reduce(0) { $0 + $1.probability } - 1) < 1e-12) }
  }

  @Test func largeLogitsNeitherOverflowNorVanish() {
    for offset: Float in [1000, -1000] {
      let found = candidates(ofLogits: [offset, offset + 1], count: 2)
      #expect(found.map(\.token) == [1, 0])
      #expect(abs((found.first?.probability ?? 0) - 1 / (1 + exp(-1.0))) < 1e-12)
    }
  }

  @Test func whatMayNotBeChosenIsLeftOut() {
    #expect(
      candidates(ofLogits: [-.infinity, 0, -.infinity], count: 3)
        == [Candidate(token: 1, probability: 1)])
    #expect(candidates(ofLogits: [], count: 3).isEmpty)
    #expect(candidates(ofLogits: [1, 2], count: 0).isEmpty)
  }
}
