import RecurrentLM
import Testing

@testable import CharnnCommands

@Test func unknownCharactersAreAnErrorOrSkippedAndCounted() throws {
  let vocabulary = try Vocabulary(tokens: ["a", "b"])
  let text = "abxaxy".unicodeScalars
  let (ids, skipped) = try vocabulary.encode(text, unknown: .skip)
  #expect(ids == [0, 1, 0])
  #expect(skipped == 3)
  #expect(throws: VocabularyError.unknown(["x", "y"])) {
    try vocabulary.encode(text, unknown: .error)
  }
  #expect(try vocabulary.encode("ba".unicodeScalars, unknown: .error) == ([1, 0], 0))
}
