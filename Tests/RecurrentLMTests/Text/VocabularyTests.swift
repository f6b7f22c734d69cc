import Testing

@testable import RecurrentLM

private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

@Suite struct VocabularyTests {
  @Test func charactersAreNumberedInTheOrderOfTheirCodePoints() {
    let vocabulary = Vocabulary(of: scalars("hello\nWorld 漢\u{1F600}é"), mode: .raw)
    #expect(
      vocabulary.tokens
        == ["\n", " ", "W", "d", "e", "h", "l", "o", "r", "é", "漢", "\u{1F600}"])
    #expect(vocabulary.count == 12)
  }

  @Test func underLettersTheFirstTokenStandsForTheUnknown() throws {
    let vocabulary = Vocabulary(of: scalars("ba b"), mode: .letters)
    #expect(vocabulary.tokens == ["<unk>", " ", "a", "b"])
    #expect((0..<4).map(vocabulary.isCharacter) == [false, true, true, true])
    #expect(try vocabulary.encode(scalars("ab")) == [2, 3])
    #expect(!Vocabulary(of: scalars("<unk>"), mode: .raw).tokens.contains("<unk>"))
  }

  @Test func textsGoToNumbersAndBack() throws {
    let text = "A漢e\u{301}\u{1F600}\r\n\u{0}A"
    let vocabulary = Vocabulary(of: scalars(text), mode: .raw)
    let ids = try vocabulary.encode(scalars(text))
    #expect(ids.count == scalars(text).count)
    #expect(scalars(vocabulary.text(of: ids)) == scalars(text))
    #expect(ids.map { vocabulary.tokens[Int($0)].unicodeScalars.count } == ids.map { _ in 1 })
  }

  @Test func unknownCharactersAreNamedOnceInTheOrderOfTheText() {
    let vocabulary = Vocabulary(of: scalars("abc"), mode: .raw)
    #expect(throws: VocabularyError.unknown(["z", "\u{301}", "é", "\u{1F600}"])) {
      try vocabulary.encode(scalars("azb\u{301}éz\u{1F600}\u{301}c"))
    }
    #expect(vocabulary.encodeKnown(scalars("azbéc")) == [0, 1, 2])
  }

  @Test(arguments: TextMode.allCases)
  func charactersThatAreAddedComeLastInOrder(_ mode: TextMode) throws {
    let vocabulary = Vocabulary(of: scalars("dca"), mode: mode)
    let extended = vocabulary.extended(by: scalars("zbéabz"))
    #expect(extended.tokens == vocabulary.tokens + ["b", "z", "é"])
    #expect(try Vocabulary(tokens: extended.tokens) == extended)
    #expect(try vocabulary.encode(scalars("acd")) == extended.encode(scalars("acd")))
    #expect(try extended.encode(scalars("é")) == [Int32(vocabulary.count + 2)])
    #expect(vocabulary.extended(by: scalars("ad")) == vocabulary)
  }

  @Test func storedTokensMakeTheSameVocabulary() throws {
    for mode in TextMode.allCases {
      let vocabulary = Vocabulary(of: scalars("b a\u{301}\u{1F600}"), mode: mode)
      #expect(try Vocabulary(tokens: vocabulary.tokens) == vocabulary)
      #expect(try Vocabulary(tokens: vocabulary.tokens).tokens == vocabulary.tokens)
    }
    #expect(try Vocabulary(tokens: ["a", "b"]) != Vocabulary(tokens: ["b", "a"]))
    #expect(try Vocabulary(tokens: ["<unk>", "a"]) != Vocabulary(tokens: ["a"]))
  }

  /// U+212B and U+00C5 are equal to Swift's strings, and two characters all the same.
  @Test func canonicallyEquivalentCharactersAreDifferentTokens() throws {
    let tokens = ["\u{C5}", "\u{212B}"]
    let vocabulary = try Vocabulary(tokens: tokens)
    #expect(try vocabulary.encode(scalars("\u{212B}\u{C5}")) == [1, 0])
  }

  @Test(arguments: [
    (["a", ""], ""), (["a", "bc"], "bc"), (["a", "e\u{301}"], "e\u{301}"),
    (["a", "b", "a"], "a"), (["a", "<unk>"], "<unk>"), (["<unk>", "<unk>"], "<unk>"),
  ])
  func aListThatIsNoVocabularyIsRefused(_ tokens: [String], _ invalid: String) {
    #expect(throws: VocabularyError.invalidToken(invalid)) { try Vocabulary(tokens: tokens) }
  }
}
