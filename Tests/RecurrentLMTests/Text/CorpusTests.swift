import Foundation
import Testing

@testable import RecurrentLM

private func string(_ characters: [Unicode.Scalar]) -> String {
  String(String.UnicodeScalarView(characters))
}

@Suite struct CorpusTests {
  @Test func charactersAreUnicodeScalars() throws {
    let text = "e\u{301}\u{1F1EB}\u{1F1F7}"
    let characters = try Corpus(utf8: text.utf8, source: "text").characters()
    #expect(characters == ["e", "\u{301}", "\u{1F1EB}", "\u{1F1F7}"])
    #expect(try Corpus(text).characters() == characters)
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
      try Corpus(utf8: bytes, source: "text").characters()
    }
  }

  @Test func theOffsetIsExactFarIntoAText() {
    let bytes = Array(String(repeating: "ab漢", count: 30_000).utf8)
    #expect(throws: CorpusError.invalidUTF8(source: "text", offset: bytes.count)) {
      try Corpus(utf8: bytes + [0xE6, 0xBC], source: "text").characters()
    }
  }

  @Test func anEmptyTextIsRefused() {
    #expect(throws: CorpusError.empty(source: "text")) {
      try Corpus(utf8: [], source: "text").characters()
    }
  }

  @Test func filesAreReadOneAfterAnother() throws {
    let folder = try TemporaryFolder()
    try folder.write("one\r\n", to: "1.txt")
    try folder.write("two", to: "2.md")
    let corpus = try Corpus(paths: [folder.file("1.txt"), folder.file("2.md")])
    #expect(try string(corpus.characters()) == "one\ntwo")
  }

  @Test(arguments: ["", "/"])
  func aFolderStandsForItsTextsInTheOrderOfTheirNames(_ end: String) throws {
    let folder = try TemporaryFolder()
    for name in ["c.txt", "a.txt", "B.txt", "10.txt", "9.txt"] {
      try folder.write("\(name.dropLast(4)) ", to: name)
    }
    try folder.write("not a text", to: "b.md")
    #expect(try string(Corpus(paths: [folder.path + end]).characters()) == "10 9 B a c ")
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
    #expect(throws: CorpusError.empty(source: empty)) {
      try Corpus(paths: [fine, empty]).characters()
    }
    #expect(throws: CorpusError.invalidUTF8(source: invalid, offset: 1)) {
      try Corpus(paths: [fine, invalid]).characters()
    }
  }

  private static let unreadable = "/proc/self/mem"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: unreadable), "needs a file that fails"))
  func whatCannotBeReadIsRefusedWithTheReason() throws {
    #expect(
      throws: CorpusError.unreadable(path: Self.unreadable, reason: "Input/output error")
    ) {
      try Corpus(paths: [Self.unreadable]).characters()
    }
  }

  // MARK: Folders

  @Test func onlyRegularFilesOfAFolderThatAreNotHiddenAreItsTexts() throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    for name in ["a.txt", ".hidden.txt", "target"] { try folder.write(name, to: name) }
    try manager.createDirectory(
      atPath: folder.file("b.txt"), withIntermediateDirectories: false)
    try folder.write("inner", to: "b.txt/inner.txt")
    try manager.createSymbolicLink(
      atPath: folder.file("link.txt"), withDestinationPath: "target")
    try manager.createSymbolicLink(
      atPath: folder.file("folder.txt"), withDestinationPath: "b.txt")
    try manager.createSymbolicLink(
      atPath: folder.file("nowhere.txt"), withDestinationPath: "missing")
    #expect(mkfifo(folder.file("pipe.txt"), 0o600) == 0)
    let corpus = try Corpus(paths: [folder.path, folder.file(".hidden.txt")])
    #expect(corpus.files == ["a.txt", "link.txt", ".hidden.txt"].map { folder.file($0) })
    #expect(try string(corpus.characters()) == "a.txttarget.hidden.txt")
  }

  @Test func anEmptyFileOfAFolderIsLeftOutWithANote() throws {
    let folder = try TemporaryFolder()
    try folder.write("one", to: "a.txt")
    try folder.write("", to: "b.txt")
    try folder.write("\u{FEFF}", to: "c.txt")
    try folder.write("two", to: "d.txt")
    let text = try Corpus(paths: [folder.path]).read(.raw)
    let notes = text.notes
    #expect(
      notes == [.emptyFile(path: folder.file("b.txt")), .emptyFile(path: folder.file("c.txt"))])
    #expect(try string(text.scalars()) == "onetwo")
  }

  @Test func aFolderOfEmptyFilesIsRefused() throws {
    let folder = try TemporaryFolder()
    for name in ["a.txt", "b.txt"] { try folder.write("", to: name) }
    let path = folder.path
    #expect(throws: CorpusError.onlyEmptyTexts(folder: path)) {
      try Corpus(paths: [path]).characters()
    }
  }

  @Test func aFileOfNothingButAByteOrderMarkIsEmpty() throws {
    let folder = try TemporaryFolder()
    try folder.write("\u{FEFF}", to: "mark.txt")
    let path = folder.file("mark.txt")
    #expect(throws: CorpusError.empty(source: path)) { try Corpus(paths: [path]).characters() }
  }

  // MARK: Notes

  @Test(arguments: [
    (Array("The time traveller".utf16), true), (Array("Zeit: 漢 ist 時".utf16), true),
    ([0x6261, 0x6362, 0x0063], false), (Array("".utf16) + [0x6100], true),
  ])
  func aTextWithManyNullsLooksLikeUTF16(_ units: [UInt16], _ isNoted: Bool) throws {
    // Characters beyond ASCII that are valid as bytes, too.
    let bytes = units.flatMap { [UInt8(truncatingIfNeeded: $0 & 0x7F), UInt8($0 >> 8 & 0x7F)] }
    let text = try Corpus(utf8: bytes, source: "text").read(.raw)
    let notes = text.notes
    #expect(notes == (isNoted ? [.manyNulls(source: "text")] : []))
  }

  @Test func aFewNullsAreNoNote() throws {
    let text = try Corpus(utf8: "ab\u{0}".utf8, source: "text").read(.raw)
    let notes = text.notes
    #expect(notes.isEmpty)
  }
}
