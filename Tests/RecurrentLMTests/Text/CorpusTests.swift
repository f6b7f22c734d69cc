import Foundation
import Testing

@testable import RecurrentLM

private let timeMachine = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../../../shared/corpora/timemachine.txt").standardized.path

private func prepared(_ text: String, _ mode: TextMode, limit: Int? = nil) -> String {
  string(Corpus(text).prepared(mode, limit: limit))
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
    ("a\rb", "a b"),
    ("AZaz@[`{", "azaz"),
    ("café İ \u{212A}elvin 漢字 x", "caf elvin x"),
    ("e\u{301}a", "e a"),
  ])
  func lettersKeepsLowerCaseWordsAndJoinsLines(_ text: String, _ expected: String) {
    #expect(prepared(text, .letters) == expected)
  }

  @Test func flatTurnsLineEndsIntoSpaces() {
    #expect(prepared("one\ntwo\r\n\nthree", .flat) == "one two  three")
    #expect(scalars(prepared("a\rb", .flat)) == scalars("a\rb"))
  }

  @Test func rawChangesNothingButCRLF() {
    let text = "Tab\t, 漢 and\n\n \u{1F600}e\u{301}\u{0}"
    #expect(scalars(prepared(text, .raw)) == scalars(text))
  }

  @Test(arguments: TextMode.allCases)
  func crlfCountsAsOneLineEndInEveryMode(_ mode: TextMode) {
    #expect(
      scalars(prepared("one\r\ntwo\r\n", mode)) == scalars(prepared("one\ntwo\n", mode)))
  }

  @Test func aCarriageReturnElsewhereStays() {
    #expect(
      scalars(prepared("\ra\r\r\nb\n\r", .raw)) == ["\r", "a", "\r", "\n", "b", "\n", "\r"])
  }

  @Test func theLimitCountsCharactersAfterTheTransformation() {
    #expect(prepared("1.2.3 abc", .letters, limit: 2) == "ab")
    #expect(prepared("\u{1F600}\u{1F601}\u{1F602}", .raw, limit: 2) == "\u{1F600}\u{1F601}")
    #expect(prepared("abc", .raw, limit: 9) == "abc")
    #expect(prepared("abc", .raw, limit: 0).isEmpty)
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: timeMachine), "The Time Machine is not here"))
  func lettersOfTheTimeMachineAreThoseOfTheBook() throws {
    let text = try Corpus(paths: [timeMachine]).prepared(.letters, limit: nil)
    let vocabulary = Vocabulary(of: text, mode: .letters)
    #expect(vocabulary.tokens == ["<unk>", " "] + (97...122).map { String(Unicode.Scalar($0)) })
    #expect(vocabulary.count == 28)
    #expect(string(Array(text.prefix(42))) == "the time machine by h g wellsithe time tra")
    // As the book says of the file that it comes with.
    #expect(text.count == 170_580)
  }
}

@Suite struct CorpusTests {
  @Test func charactersAreUnicodeScalars() throws {
    let corpus = try Corpus(utf8: "e\u{301}\u{1F1EB}\u{1F1F7}".utf8, source: "text")
    #expect(corpus.characters == ["e", "\u{301}", "\u{1F1EB}", "\u{1F1F7}"])
    #expect(Corpus("e\u{301}\u{1F1EB}\u{1F1F7}").characters == corpus.characters)
  }

  @Test(arguments: [
    ([0x80], 0),  // a continuation without a start
    ([0x61, 0xC3], 1),  // cut off after one byte of two
    ([0xF0, 0x9F, 0x98], 0),  // after three of four
    ([0x61, 0x62, 0xE6, 0xBC, 0x61], 2),  // in the middle of three
    ([0x61, 0xC0, 0xAF], 1),  // two bytes where one is enough
    ([0xE0, 0x80, 0x80], 0),  // three
    ([0xF0, 0x80, 0x80, 0x80], 0),  // four
    ([0xED, 0xA0, 0x80], 0),  // a surrogate
    ([0xF4, 0x90, 0x80, 0x80], 0),  // beyond U+10FFFF
    ([0x61, 0xFF, 0x61], 1),
    ([0x0D, 0x0A, 0xFE], 2),  // CR LF are two bytes, though one character
    (Array("é漢\u{1F600}".utf8) + [0xBF], 9),
  ])
  func invalidUTF8IsNamedByTheByteWhereItBegins(_ bytes: [UInt8], _ offset: Int) {
    #expect(throws: CorpusError.invalidUTF8(source: "text", offset: offset)) {
      try Corpus(utf8: bytes, source: "text")
    }
  }

  @Test func theOffsetIsExactFarIntoAText() {
    let bytes = Array(String(repeating: "ab漢", count: 30_000).utf8)
    #expect(throws: CorpusError.invalidUTF8(source: "text", offset: bytes.count)) {
      try Corpus(utf8: bytes + [0xE6, 0xBC], source: "text")
    }
  }

  @Test func anEmptyTextIsRefused() {
    #expect(throws: CorpusError.empty(source: "text")) {
      try Corpus(utf8: [], source: "text")
    }
  }

  @Test func filesAreReadOneAfterAnother() throws {
    let folder = try TemporaryFolder()
    try folder.write("one\r\n", to: "1.txt")
    try folder.write("two", to: "2.md")
    let corpus = try Corpus(paths: [folder.file("1.txt"), folder.file("2.md")])
    #expect(string(corpus.characters) == "one\ntwo")
  }

  @Test(arguments: ["", "/"])
  func aFolderStandsForItsTextsInTheOrderOfTheirNames(_ end: String) throws {
    let folder = try TemporaryFolder()
    for name in ["c.txt", "a.txt", "B.txt", "10.txt", "9.txt"] {
      try folder.write("\(name.dropLast(4)) ", to: name)
    }
    try folder.write("not a text", to: "b.md")
    #expect(string(try Corpus(paths: [folder.path + end]).characters) == "10 9 B a c ")
  }

  @Test func aFolderWithoutTextsIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write("not a text", to: "readme.md")
    let path = folder.path
    #expect(throws: CorpusError.noTexts(folder: path)) { try Corpus(paths: [path]) }
  }

  @Test func whatIsWrongWithAFileIsSaidWithItsPath() throws {
    let folder = try TemporaryFolder()
    try folder.write("fine", to: "fine.txt")
    try folder.write("", to: "empty.txt")
    try folder.write([0x61, 0x80], to: "invalid.txt")
    let (fine, missing) = (folder.file("fine.txt"), folder.file("missing.txt"))
    let (empty, invalid) = (folder.file("empty.txt"), folder.file("invalid.txt"))
    #expect(throws: CorpusError.missing(path: missing)) { try Corpus(paths: [fine, missing]) }
    #expect(throws: CorpusError.empty(source: empty)) { try Corpus(paths: [fine, empty]) }
    #expect(throws: CorpusError.invalidUTF8(source: invalid, offset: 1)) {
      try Corpus(paths: [fine, invalid])
    }
  }

  @Test func whatCannotBeReadIsRefusedWithTheReason() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("folder.txt"), withIntermediateDirectories: true)
    let (path, inner) = (folder.path, folder.file("folder.txt"))
    #expect {
      try Corpus(paths: [path])
    } throws: { error in
      guard case .unreadable(inner, let reason)? = error as? CorpusError else { return false }
      return !reason.isEmpty
    }
  }
}
