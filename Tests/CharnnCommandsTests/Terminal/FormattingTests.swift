import Testing

@testable import CharnnCommands

@Suite struct FormattingTests {
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

  @Test(arguments: [(1.01234, "1.012"), (12.3456, "12.35"), (276.84, "276.8"), (.infinity, "inf")])
  func theSmallerAPerplexityTheMoreDecimalsItHas(_ perplexity: Double, _ text: String) {
    #expect(perplexityText(perplexity) == text)
  }

  @Test(arguments: [
    ("plain 漢 😀", "plain 漢 😀"), ("a\nb\tc", "a\\nb\\tc"), ("\\n", "\\\\n"),
    ("\r\u{1b}\u{0}\u{7f}\u{9f}", "\\u{d}\\u{1b}\\u{0}\\u{7f}\\u{9f}"), ("", ""),
  ])
  func escapedShowsWhatWouldNotShow(_ text: String, _ shown: String) {
    #expect(escaped(text) == shown)
    #expect(unescaped(shown) == text)
  }

  @Test(arguments: [
    ("plain, é漢😀\n\tand more", "plain, é漢😀\n\tand more"),
    // Control characters of both sets, deletion.
    ("\u{1b}[2J\r\u{7}\u{7f}\u{9b}1m", #"\u{1b}[2J\u{d}\u{7}\u{7f}\u{9b}1m"#),
    // What turns the direction, has no width, or ends lines for some terminals.
    ("a\u{202e}b\u{2066}c\u{200f}", #"a\u{202e}b\u{2066}c\u{200f}"#),
    ("a\u{200b}b\u{feff}c\u{ad}\u{e0041}", #"a\u{200b}b\u{feff}c\u{ad}\u{e0041}"#),
    ("a\u{2028}b\u{2029}", #"a\u{2028}b\u{2029}"#),
    // Letters that are written together, and a mark above one.
    ("سلام e\u{301}", "سلام e\u{301}"),
  ])
  func aTerminalIsShownWhatCannotControlIt(_ text: String, _ shown: String) {
    #expect(visible(text) == shown)
  }

  @Test(arguments: [
    ("\\r\\n", "\r\n"), ("\\u{6f22}\\u{1F600}", "漢😀"), ("é漢", "é漢"), ("\\\\n", "\\n"),
  ])
  func unescapedKnowsWhatIsTypedOnACommandLine(_ typed: String, _ text: String) {
    #expect(unescaped(typed) == text)
  }

  @Test(arguments: [
    "\\", "end\\", "\\x", "\\u", "\\u41", "\\u{}", "\\u{41", "\\u{xyz}", "\\u{d800}",
    "\\u{110000}", "\\u{ffffffffff}",
  ])
  func unescapedRefusesOtherBackslashes(_ typed: String) {
    #expect(unescaped(typed) == nil)
  }
}
