import Foundation
import Testing

@testable import RecurrentLM

private func sampler(
  _ temperature: Double, topK: Int? = nil, topP: Double? = nil
) -> Sampler {
  var sampler = Sampler()
  sampler.temperature = temperature
  sampler.topK = topK
  sampler.topP = topP
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

  @Test(arguments: [0.5, 1, 2])
  func frequenciesAreTheSoftmaxAtTheTemperature(_ temperature: Double) {
    let logits: [Float] = [1, -0.5, 2, 0.7, -.infinity, 0]
    let powers = logits.map { exp(Double($0) / temperature) }
    let probabilities = powers.map { $0 / powers.reduce(0, +) }
    let draws = 8000
    let counts = counts(sampler(temperature), logits, draws: draws)
    for (count, probability) in zip(counts, probabilities) {
      // Five deviations of a binomial count; none at all of what has no probability.
      let deviation = (Double(draws) * probability * (1 - probability)).squareRoot()
      #expect(abs(Double(count) - Double(draws) * probability) <= 5 * deviation)
    }
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

  @Test func theTemperatureActsBeforeTopP() {
    // Squared, 0.5 has 0.70 of the sum and 0.3 another 0.25.
    #expect(chosen(sampler(0.5, topP: 0.68), logits) == [1])
    #expect(chosen(sampler(0.5, topP: 0.72), logits) == [1, 3])
  }

  @Test func whatIsKeptIsDrawnInItsProportions() {
    let counts = counts(sampler(1, topK: 2), logits, draws: 8000)
    #expect(abs(Double(counts[1]) - 5000) < 5 * (8000 * 0.625 * 0.375).squareRoot())
    #expect(counts[1] + counts[3] == 8000)
  }

  /// Where the draw is the largest number below 1, rounding must not end in a forbidden choice.
  @Test(arguments: [Int?.none, 60], [Double?.none, 1])
  func whatHasNoProbabilityIsNeverChosen(_ topK: Int?, _ topP: Double?) throws {
    // With this second word of state xoshiro256** gives 2^64 - 1.
    let json = Data("[1, 5748594724359139783, 0, 0]".utf8)
    let edge = try JSONDecoder().decode(RandomGenerator.self, from: json)
    var generator = edge
    #expect(generator.uniform() == 1 - 0x1p-53)
    var draws = RandomGenerator(seed: 1)
    let choices = (0..<50).map { _ in
      let logits = (0..<50).map { _ in Float(draws.normal()) } + [-.infinity]
      generator = edge
      return sampler(1, topK: topK, topP: topP).choose(from: logits, using: &generator)
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
