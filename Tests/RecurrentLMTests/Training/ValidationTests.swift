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
    #expect(try validation(2).loss(while: { true }) ?? 0 > 0)
  }

  /// 7 · 120 trained characters for 120 predicted ones are 70 minibatches of 12.
  @Test func theEndOfAnEpochIsEvaluatedSoSeldomThatItTakesLittleTime() throws {
    let validation = try validation(121)
    let due = (1...10).filter {
      validation.isDue(afterUpdates: 30 * $0, minibatch: 30, of: 30)
    }
    #expect(due == [3, 5, 7, 10])
    #expect(validation.isDue(afterUpdates: 75, minibatch: 75, of: 75))
  }

  /// 3 · 10^13 multiply-adds are so many minibatches.
  @Test func aLongEpochIsEvaluatedInBetween() throws {
    let validation = try validation(121, hidden: 1_000)
    let due = (1..<400_000).filter {
      validation.isDue(afterUpdates: $0, minibatch: $0, of: 400_000)
    }
    #expect(due.count == 1 || due.count == 2)
    #expect(zip(due, due.dropFirst()).allSatisfy { $1 == 2 * $0 })
    let first = try #require(due.first)
    #expect(!validation.isDue(afterUpdates: first, minibatch: first, of: first + 69))
    #expect(!validation.isDue(afterUpdates: first, minibatch: 69, of: 400_000))
  }
}
