import RecurrentLM
import Testing

@testable import CharnnCommands

@Test func gapsAreEncodedAsNilAndShownAsUnderscores() throws {
  let vocabulary = try Vocabulary(tokens: ["a", "b"])
  let text = Array("a_xb".unicodeScalars)
  let ids = try vocabulary.encodeGapped(text, unknown: .skip)
  #expect(ids == [0, nil, 1])
  #expect(vocabulary.gappedText(of: ids) == "a_b")
  #expect(throws: VocabularyError.unknown(["x"])) {
    try vocabulary.encodeGapped(text, unknown: .error)
  }
}
