import Corpora
import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct SourcesTests {
  @Test func builtInTextsAndFilesAreReadOneAfterAnother() throws {
    let folder = try Workspace(hasModel: false)
    let text = try readCorpora([folder.text, "@lyrics_zh", folder.text]).characters
    let lyrics = try Corpus(utf8: BuiltInCorpus.lyricsZh.bytes, source: "").characters
    #expect(text == Tiny.text.unicodeScalars + lyrics + Tiny.text.unicodeScalars)
  }

  @Test func anUnknownBuiltInTextIsNamedWithThoseThatThereAre() {
    let message = "@time_machine: no such built-in corpus; there are @time_traveller, @lyrics_zh"
    #expect(throws: Failure(message, .missingInput)) { try readCorpora(["@time_machine"]) }
  }

  @Test func theModelIsTheOneGivenBeforeAnyOther() {
    #expect(modelPath("given.safetensors") == "given.safetensors")
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["CHARNN_MODEL"] == nil, "CHARNN_MODEL is set"))
  func theModelByDefaultIsWhatTrainWrites() {
    #expect(modelPath(nil) == "charnn.safetensors")
  }

  @Test func unknownCharactersAreAnErrorOrSkippedAndCounted() throws {
    let vocabulary = try Vocabulary(tokens: ["a", "b"])
    let text = "abxaxy".unicodeScalars
    let (ids, skipped) = try encode(text, vocabulary, .skip)
    #expect(ids == [0, 1, 0])
    #expect(skipped == 3)
    #expect(throws: VocabularyError.unknown(["x", "y"])) { try encode(text, vocabulary, .error) }
    #expect(try encode("ba".unicodeScalars, vocabulary, .error) == ([1, 0], 0))
  }
}
