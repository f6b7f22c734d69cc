import Corpora
import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct CorporaTests {
  @Test func builtInTextsAndFilesAreReadOneAfterAnother() throws {
    let folder = try Workspace(hasModel: false)
    let text = try read([folder.text, "@lyrics_zh", folder.text])
    let lyrics = try Corpus(utf8: BuiltInCorpus.lyricsZh.bytes, source: "").read(.raw).scalars()
    #expect(text == Tiny.text.unicodeScalars + lyrics + Tiny.text.unicodeScalars)
  }

  private func read(_ names: [String]) throws -> [Unicode.Scalar] {
    try readCorpora(names, .raw, limit: nil, Transcript().console()).scalars()
  }

  @Test func filesAreListedWithThoseInFoldersAndWithoutTheRest() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write("more", to: "more.txt")
    let files = try corpusFiles(["@lyrics_zh", folder.path, "-", folder.text])
    #expect(files == ["more.txt", "text.txt", "text.txt"].map { folder.file($0) })
  }

  @Test func whatIsOddAboutATextIsNotedWithTheNameOfItsFile() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write("", to: "empty.txt")
    try folder.write("t\u{0}h\u{0}e\u{0}", to: "wide.txt")
    let transcript = Transcript()
    _ = try readCorpora([folder.path], .raw, limit: nil, transcript.console())
    let lines = transcript.messages.split(separator: "\n")
    try #require(lines.count == 2)
    #expect(lines[0] == "note: \(folder.file("empty.txt")): the file is empty, and left out")
    #expect(lines[1].hasPrefix("note: \(folder.file("wide.txt")): many of its characters are NUL"))
    #expect(transcript.output.isEmpty)
  }

  @Test func anUnknownBuiltInTextIsNamedWithThoseThatThereAre() {
    let message = "@time_machine: no such built-in corpus; there are @time_traveller, @lyrics_zh"
    #expect(throws: Failure(message, .missingInput)) { try openCorpora(["@time_machine"]) }
  }
}
