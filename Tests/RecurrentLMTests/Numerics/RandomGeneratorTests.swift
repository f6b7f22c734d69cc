import Foundation
import Testing

@testable import RecurrentLM

private func generator(state: String) throws -> RandomGenerator {
  try JSONDecoder().decode(RandomGenerator.self, from: Data(state.utf8))
}

/// First numbers of SplitMix64 by seed, computed in Python; the first row is also widely published.
private let splitMix64: [(seed: UInt64, numbers: [UInt64])] = [
  (
    1_234_567,
    [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431,
    ]
  ),
  (
    0,
    [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec]
  ),
]

@Suite struct RandomGeneratorTests {
  /// Computed in Python from the published algorithm; the same numbers are in the tests of Rust's
  /// rand_xoshiro.
  @Test func numbersAreThoseOfXoshiro256StarStar() throws {
    var generator = try generator(state: "[1, 2, 3, 4]")
    #expect(
      (0..<10).map { _ in generator.next() } == [
        11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
        607_988_272_756_665_600, 16_172_922_978_634_559_625, 8_476_171_486_693_032_832,
        10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
      ])
  }

  @Test(arguments: splitMix64)
  func aSeedBecomesAStateBySplitMix64(_ seed: UInt64, _ expected: [UInt64]) throws {
    let json = try JSONEncoder().encode(RandomGenerator(seed: seed))
    #expect(try JSONDecoder().decode([UInt64].self, from: json) == expected)
  }

  @Test func aStateThatIsReadBackGoesOnTheSame() throws {
    var original = RandomGenerator(seed: 7)
    for _ in 0..<10 { _ = original.next() }
    let json = try JSONEncoder().encode(original)
    var copy = try JSONDecoder().decode(RandomGenerator.self, from: json)
    #expect(copy == original)
    for _ in 0..<10 { #expect(copy.next() == original.next()) }
  }

  @Test(arguments: [
    "[0, 0, 0, 0]", "[1, 2, 3]", "[1, 2, 3, 4, 5]", "[]", "[1, 2, 3, -4]", "[1, 2, 3, \"4\"]", "1",
    "[1, 2, 3, 18446744073709551616]",
  ])
  func whatIsNoStateIsRefused(_ state: String) {
    #expect(throws: DecodingError.self) { try generator(state: state) }
  }

  /// The first four moments of `count` draws.
  private func moments(_ count: Int, _ draw: () -> Double) -> [Double] {
    var sums = [0.0, 0, 0, 0]
    for _ in 0..<count {
      let x = draw()
      var power = x
      for index in 0..<4 {
        sums[index] += power
        power *= x
      }
    }
    return sums.map { $0 / Double(count) }
  }

  /// Moments hold to five of their own standard deviations.
  @Test func uniformNumbersHaveTheirMoments() {
    var generator = RandomGenerator(seed: 1)
    let count = 40_000
    let found = moments(count) { generator.uniform() }
    for (index, moment) in found.enumerated() {
      let n = Double(index + 1)
      let deviation = (1 / (2 * n + 1) - 1 / (n + 1).squared).squareRoot()
      #expect(abs(moment - 1 / (n + 1)) < 5 * deviation / Double(count).squareRoot())
    }
  }

  @Test func normalNumbersHaveTheirMoments() {
    var generator = RandomGenerator(seed: 1)
    let count = 40_000
    let found = moments(count) { generator.normal() }
    // E x^n of N(0, 1), and the variance E x^2n - (E x^n)^2 of each.
    for (moment, (expected, variance)) in zip(found, [(0, 1), (1, 2), (0.0, 15.0), (3, 96)]) {
      #expect(abs(moment - expected) < 5 * (variance / Double(count)).squareRoot())
    }
  }

  /// With these second words of state xoshiro256** gives 0 and 2^64 - 1.
  @Test func uniformNumbersAreFromZeroToBelowOneAndNormalOnesFinite() throws {
    for (state, value) in [
      ("[1, 0, 0, 0]", 0.0), ("[1, 5748594724359139783, 0, 0]", 1 - 0x1p-53),
    ] {
      var generator = try generator(state: state)
      var copy = generator
      #expect(generator.uniform() == value)
      #expect(copy.normal().isFinite)
    }
  }
}
