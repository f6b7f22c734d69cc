import Foundation
import Testing

@testable import RecurrentLM

private func sampler(
  _ temperature: Double, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil
) -> Sampler {
  var sampler = Sampler()
  sampler.temperature = temperature
  sampler.topK = topK
  sampler.topP = topP
  sampler.minP = minP
  return sampler
}

@Suite struct SamplerTests {
  /// How often each number is chosen.
  private func counts(_ sampler: Sampler, _ logits: [Float], draws: Int) -> [Int] {
    var generator = RandomGenerator(seed: 1)
    var counts = [Int](repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[Int(sampler.choose(from: logits, using: &generator))] += 1 }
    return counts
  }

  /// Which numbers are chosen at all.
  private func chosen(_ sampler: Sampler, _ logits: [Float]) -> [Int] {
    let counts = counts(sampler, logits, draws: 400)
    return counts.indices.filter { counts[$0] > 0 }
  }

  @Test(arguments: [
    ([0, 3, 1], 1), ([2, 5, 5, 5], 1), ([0, 0], 0), ([-Float.infinity, -7], 1), ([4], 0),
  ])
  func withoutTemperatureTheFirstOfTheLargestIsChosen(_ logits: [Float], _ expected: Int) {
    #expect(chosen(sampler(0), logits) == [expected])
    #expect(chosen(sampler(0, topK: 3, topP: 0.9), logits) == [expected])
  }

  // MARK: Distributions

  /// A sampler, and the numbers that it leaves of `unequal`, the most probable first.
  struct Promise: CustomTestStringConvertible, Sendable {
    let sampler: Sampler
    let kept: [Int]

    init(_ sampler: Sampler, _ kept: [Int]) {
      self.sampler = sampler
      self.kept = kept
    }

    var testDescription: String { "\(sampler)" }

    /// The softmax at a temperature over what is kept; 0 for all others.
    func probabilities(temperature: Double) -> [Double] {
      let powers = SamplerTests.unequal.indices.map {
        kept.contains($0) ? exp(Double(SamplerTests.unequal[$0]) / temperature) : 0
      }
      return powers.map { $0 / powers.reduce(0, +) }
    }
  }

  /// At temperature 1 their probabilities are 0.24, 0.05, 0.40, 0.13, 0, 0.18; at temperature 2 they are
  /// 0.23, 0.11, 0.30, 0.17, 0, 0.20.
  private static let unequal: [Float] = [1.5, 0, 2, 0.9, -.infinity, 1.2]

  static let promises = [
    Promise(sampler(1), [2, 0, 5, 3, 1]), Promise(sampler(0.5), [2, 0, 5, 3, 1]),
    Promise(sampler(2), [2, 0, 5, 3, 1]),
    Promise(sampler(1, topK: 3), [2, 0, 5]), Promise(sampler(2, topK: 4), [2, 0, 5, 3]),
    Promise(sampler(1, topP: 0.6), [2, 0]), Promise(sampler(2, topP: 0.6), [2, 0, 5]),
    Promise(sampler(1, minP: 0.4), [2, 0, 5]), Promise(sampler(2, minP: 0.4), [2, 0, 5, 3]),
    // Of 0.40, 0.24, 0.18 and 0.13, which min-p or top-k leave, 0.40, 0.24 and 0.18 are 0.86.
    Promise(sampler(1, topP: 0.85, minP: 0.3), [2, 0, 5]),
    Promise(sampler(1, topK: 4, topP: 0.85), [2, 0, 5]),
    Promise(sampler(1, topK: 3, topP: 0.9, minP: 0.1), [2, 0, 5]),
  ]

  /// Pearson's statistic Σ (found - expected)² / expected; infinite where something was drawn that has
  /// no probability.
  private func chiSquared(_ counts: [Int], _ probabilities: [Double]) -> Double {
    let draws = Double(counts.reduce(0, +))
    return zip(counts, probabilities).reduce(0) { sum, pair in
      let (found, expected) = (Double(pair.0), draws * pair.1)
      if expected == 0 { return found == 0 ? sum : .infinity }
      return sum + (found - expected).squared / expected
    }
  }

  /// What a chi-squared variable of k degrees of freedom exceeds with a probability below 1e-6:
  /// k + 2 √(k x) + 2 x, x = ln 1e6 (Laurent and Massart 2000, doi:10.1214/aos/1015957395, lemma 1).
  private func bound(degreesOfFreedom: Int) -> Double {
    let (k, x) = (Double(degreesOfFreedom), log(1e6))
    return k + 2 * (k * x).squareRoot() + 2 * x
  }

  @Test(arguments: promises)
  func whatIsKeptIsDrawnByItsSoftmaxAndNothingElse(_ promise: Promise) {
    let counts = counts(promise.sampler, Self.unequal, draws: 20_000)
    let bound = bound(degreesOfFreedom: promise.kept.count - 1)
    let temperature = promise.sampler.temperature
    #expect(chiSquared(counts, promise.probabilities(temperature: temperature)) < bound)
    // The test tells wrong distributions from the right one: those of other temperatures, and the one
    // over a set that lacks the least probable character.
    for wrong in [0.6 * temperature, 1.6 * temperature] {
      #expect(chiSquared(counts, promise.probabilities(temperature: wrong)) > bound)
    }
    let narrow = Promise(promise.sampler, promise.kept.dropLast())
    #expect(chiSquared(counts, narrow.probabilities(temperature: temperature)) == .infinity)
  }

  @Test func logitsOfAnySizeAreSampled() {
    #expect(chosen(sampler(1), [1e30, -1e30, .leastNormalMagnitude]) == [0])
    #expect(chosen(sampler(1e-300), [1, 2, 1.9]) == [1])
    #expect(chosen(sampler(1e300), [1, 2, -.infinity]) == [0, 1])
  }

  /// Probabilities 0.1, 0.5, 0.05, 0.3, 0.05.
  private let logits = [0.1, 0.5, 0.05, 0.3, 0.05].map { Float(log($0)) }

  @Test(arguments: [
    (1, [1]), (2, [1, 3]), (3, [0, 1, 3]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3, 4]),
  ])
  func topKKeepsTheMostProbableTheFirstOfEquals(_ topK: Int, _ expected: [Int]) {
    #expect(chosen(sampler(1, topK: topK), logits) == expected)
  }

  @Test(arguments: [
    (0.01, [1]), (0.45, [1]), (0.55, [1, 3]), (0.75, [1, 3]), (0.85, [0, 1, 3]),
    (0.93, [0, 1, 2, 3]), (1.0, [0, 1, 2, 3, 4]),
  ])
  func topPKeepsTheFewestThatReachTheSum(_ topP: Double, _ expected: [Int]) {
    #expect(chosen(sampler(1, topP: topP), logits) == expected)
  }

  @Test func topPIsReachedByTheSumItself() {
    #expect(chosen(sampler(1, topP: 0.5), [0, 0, 0, 0]) == [0, 1])
  }

  /// Although not all of many characters are sorted.
  @Test(arguments: [1, 40, 1999, 5000, nil], [0.3, 0.9, 0.99999, 1])
  func ofManyCharactersThoseAreKeptThatComeFirst(_ topK: Int?, _ topP: Double) {
    // From 1 down to zero, some of them equal; in steps of 2^-20, so that sums are exact.
    var draws = RandomGenerator(seed: 1)
    var weights = (0..<2000).map { _ in (exp(-5 * abs(draws.normal())) * 0x1p20).rounded() }
    weights[1234] = 0x1p20
    weights = weights.map { $0 * 0x1p-20 }
    let sorted = weights.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
    let best = sorted.prefix(topK ?? 2000)
    let goal = topP * best.reduce(0) { $0 + weights[$1] }
    var expected: [Int] = []
    var sum = 0.0
    for character in best where sum < goal {
      expected.append(character)
      sum += weights[character]
    }
    #expect(Array(sampler(1, topK: topK, topP: topP).mostProbable(weights)) == expected)
  }

  @Test(arguments: [
    (0.01, [0, 1, 2, 3, 4]), (0.15, [0, 1, 3]), (0.5, [1, 3]), (0.7, [1]), (1.0, [1]),
  ])
  func minPKeepsWhatIsProbableEnoughBesideTheMostProbable(_ minP: Double, _ expected: [Int]) {
    #expect(chosen(sampler(1, minP: minP), logits) == expected)
  }

  @Test func minPKeepsAllThatAreMostProbable() {
    #expect(chosen(sampler(1, minP: 1), [0, 3, 3, 1]) == [1, 2])
  }

  @Test func theTemperatureActsBeforeMinP() {
    // Squared, 0.3 is 0.36 times 0.5.
    #expect(chosen(sampler(0.5, minP: 0.35), logits) == [1, 3])
    #expect(chosen(sampler(0.5, minP: 0.37), logits) == [1])
  }

  @Test func topPIsAPartOfWhatMinPLeaves() {
    // 0.5 is 0.555 of 0.5, 0.3 and 0.1.
    #expect(chosen(sampler(1, topP: 0.55, minP: 0.15), logits) == [1])
    #expect(chosen(sampler(1, topP: 0.55), logits) == [1, 3])
  }

  @Test func theTemperatureActsBeforeTopP() {
    // Squared, 0.5 has 0.70 of the sum and 0.3 another 0.25.
    #expect(chosen(sampler(0.5, topP: 0.68), logits) == [1])
    #expect(chosen(sampler(0.5, topP: 0.72), logits) == [1, 3])
  }

  /// Where the draw is the largest number below 1, rounding must not end in a forbidden choice.
  @Test(arguments: [sampler(1), sampler(1, topK: 60), sampler(1, topP: 1), sampler(1, minP: 1e-9)])
  func whatHasNoProbabilityIsNeverChosen(_ sampler: Sampler) throws {
    // With this second word of state xoshiro256** gives 2^64 - 1.
    let json = Data("[1, 5748594724359139783, 0, 0]".utf8)
    let edge = try JSONDecoder().decode(RandomGenerator.self, from: json)
    var generator = edge
    #expect(generator.uniform() == 1 - 0x1p-53)
    var draws = RandomGenerator(seed: 1)
    let choices = (0..<50).map { _ in
      let logits = (0..<50).map { _ in Float(draws.normal()) } + [-.infinity]
      generator = edge
      return sampler.choose(from: logits, using: &generator)
    }
    #expect(!choices.contains(50))
  }

  @Test func theSameGeneratorChoosesTheSame() {
    var (one, other) = (RandomGenerator(seed: 5), RandomGenerator(seed: 5))
    for _ in 0..<50 {
      #expect(
        sampler(1).choose(from: logits, using: &one)
          == sampler(1).choose(from: logits, using: &other))
    }
  }
}
