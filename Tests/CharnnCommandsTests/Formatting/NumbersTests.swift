import Testing

@testable import CharnnCommands

@Suite struct NumbersTests {
  @Test(arguments: [
    (3.14159, 2, "3.14"), (2, 0, "2"), (-0.5, 3, "-0.500"), (0.0005, 3, "0.001"),
    (1e15, 1, "1000000000000000.0"), (.nan, 2, "nan"), (.infinity, 2, "inf"),
  ])
  func fixedHasAsManyDecimalsAsAsked(_ value: Double, _ decimals: Int, _ text: String) {
    #expect(fixed(value, decimals: decimals) == text)
  }

  @Test func fixedHoldsTheLargestNumber() {
    #expect(fixed(.greatestFiniteMagnitude, decimals: 2).count == 312)
  }

  @Test(arguments: [
    (1, "1"), (0, "0"), (-3, "-3"), (0.002, "0.002"), (1e-5, "1e-05"), (1e300, "1e+300"),
  ])
  func shortestHasNoFractionWhereThereIsNone(_ value: Double, _ text: String) {
    #expect(shortest(value) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (12345, "12,345"), (1_234_567, "1,234,567"),
    (-100, "-100"), (-1000, "-1,000"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func groupedHasACommaEveryThreeDigits(_ value: Int, _ text: String) {
    #expect(grouped(value) == text)
  }

  @Test(arguments: [
    (0, "0 s"), (12.4, "12 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3599, "59 min 59 s"),
    (3600, "1 h 00 min"), (3725, "1 h 02 min"), (360_000, "100 h 00 min"), (.infinity, "-"),
    (.nan, "-"),
  ])
  func durationsAreSaidInTheirTwoLargestUnits(_ seconds: Double, _ text: String) {
    #expect(duration(seconds) == text)
  }

  @Test(arguments: [
    (1.01234, "1.012"), (12.3456, "12.35"), (276.84, "276.8"), (999_999, "999999.0"),
    (1_234_567, "1.23e+06"), (8.76e99, "8.76e+99"), (.infinity, "inf"),
  ])
  func theSmallerAPerplexityTheMoreDecimalsItHas(_ perplexity: Double, _ text: String) {
    #expect(perplexityText(perplexity) == text)
  }

  @Test(arguments: [(0, "0 threads"), (1, "1 thread"), (2, "2 threads")])
  func countedThingsHaveAPlural(_ count: Int, _ text: String) {
    #expect(counted(count, "thread") == text)
  }
}
