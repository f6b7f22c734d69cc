import Testing

@testable import CharnnCommands

@Suite struct CharactersTests {
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
