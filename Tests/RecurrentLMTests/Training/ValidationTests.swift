import Testing

@testable import RecurrentLM

@Suite struct ValidationTests {
  @Test(arguments: [
    (ValidationSource.auto, 99_999, 0), (.auto, 100_000, 10_000), (.auto, 1_115_394, 111_540),
    (.fraction(0), 50, 0), (.fraction(0.5), 50, 25), (.fraction(0.001), 50, 1),
    (.file("a"), 100_000, 0),
  ])
  func theEndOfTheTextIsHeldOut(_ source: ValidationSource, _ count: Int, _ heldOut: Int) {
    #expect(source.heldOut(of: count) == heldOut)
  }

  @Test(arguments: ["auto", "0.0", "0.25", "a.txt", "./0.5"])
  func aSourceIsWrittenAsItIsGiven(_ text: String) {
    #expect(ValidationSource(text)?.text == text)
  }

  @Test(arguments: ["1", "-0.1", "2.5", "inf", "nan"])
  func aNumberThatIsNoPartIsRefused(_ text: String) {
    #expect(ValidationSource(text) == nil)
  }

  private func validation(_ characters: Int, hidden: Int = 5) throws -> Validation {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(hidden: hidden), vocabularySize: 7)
    return try Validation(
      model, Tokens(randomText(characters)), .small, on: WorkerPool(count: 1))
  }

  @Test(arguments: [0, 1])
  func aTextWithNothingToPredictIsRefused(_ characters: Int) {
    #expect(throws: HeldOutTextTooShort(characters: characters)) { try validation(characters) }
  }

  @Test func aTextShorterThanTheBatchHasFewerStreams() throws {
    #expect(try validation(2).loss() > 0)
  }

  /// 7 · 120 trained characters for 120 predicted ones are 70 minibatches of 12.
  @Test func ItIsEvaluatedSoSeldomThatItTakesLittleTime() throws {
    let validation = try validation(121)
    #expect(!validation.isDue(after: 69, atEndOfEpoch: true))
    #expect(validation.isDue(after: 70, atEndOfEpoch: true))
    #expect(!validation.isDue(after: 70, atEndOfEpoch: false))
    #expect(validation.isDue(after: .max, atEndOfEpoch: false))
  }
}
