import Foundation
import Testing

@testable import RecurrentLM

private let timeMachine = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../../../shared/corpora/timemachine.txt").standardized.path

private func prepared(_ text: String, _ mode: TextMode, limit: Int? = nil) throws -> String {
  string(try Corpus(text).characters(mode, limit: limit))
}

private func string(_ characters: [Unicode.Scalar]) -> String {
  String(String.UnicodeScalarView(characters))
}

/// Swift compares strings up to canonical equivalence; a corpus may not change even that.
private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

@Suite struct TextModeTests {
  @Test(arguments: [
    ("The Time Machine, by H. G. Wells [1898]\n", "the time machine by h g wells"),
    ("  one\ntwo  \n", "onetwo"),
    ("\n\n 12 .\n\nAb", "ab"),
    ("don't--stop", "don t stop"),
    ("tab\there", "tab here"),
    ("a\r\nb", "ab"),
    ("a\rb\r\rc\r", "abc"),
    ("AZaz@[`{", "azaz"),
    ("café İ \u{212A}elvin 漢字 x", "caf elvin x"),
    ("e\u{301}a", "e a"),
  ])
  func lettersKeepsLowerCaseWordsAndJoinsLines(_ text: String, _ expected: String) throws {
    #expect(try prepared(text, .letters) == expected)
  }

  @Test func flatTurnsLineEndsIntoSpaces() throws {
    #expect(try prepared("one\ntwo\r\n\nthree", .flat) == "one two  three")
    #expect(try prepared("a\rb\r\n", .flat) == "a b ")
  }

  @Test func rawChangesNothingButLineEnds() throws {
    let text = "Tab\t, 漢 and\n\n \u{1F600}e\u{301}\u{0}"
    #expect(try scalars(prepared(text, .raw)) == scalars(text))
  }

  @Test(arguments: TextMode.allCases)
  func crlfCountsAsOneLineEndInEveryMode(_ mode: TextMode) throws {
    #expect(
      try scalars(prepared("one\r\ntwo\r\n", mode)) == scalars(prepared("one\ntwo\n", mode)))
  }

  @Test(arguments: TextMode.allCases)
  func aCarriageReturnAloneIsALineEndInEveryMode(_ mode: TextMode) throws {
    #expect(
      try scalars(prepared("\rone\r\r\ntwo\n\r", mode))
        == scalars(prepared("\none\n\ntwo\n\n", mode)))
    #expect(charactersUnifyingLineEnds("\ra\r\r\nb\n\r") == scalars("\na\n\nb\n\n"))
  }

  @Test func theLimitCountsCharactersAfterTheTransformation() throws {
    #expect(try prepared("1.2.3 abc", .letters, limit: 2) == "ab")
    #expect(try prepared("\u{1F600}\u{1F601}\u{1F602}", .raw, limit: 2) == "\u{1F600}\u{1F601}")
    #expect(try prepared("abc", .raw, limit: 9) == "abc")
    #expect(try prepared("abc", .raw, limit: 0).isEmpty)
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: timeMachine), "The Time Machine is not here"))
  func lettersOfTheTimeMachineAreThoseOfTheBook() throws {
    let (tokens, vocabulary) = try Corpus(paths: [timeMachine]).read(.letters).numbered()
    #expect(vocabulary.tokens == ["<unk>", " "] + (97...122).map { String(Unicode.Scalar($0)) })
    #expect(vocabulary.count == 28)
    #expect(vocabulary.text(of: tokens.prefix(42)) == "the time machine by h g wellsithe time tra")
    // As the book says of the file that it comes with.
    #expect(tokens.count == 170_580)
  }
}
