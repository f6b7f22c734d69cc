import Testing

@testable import RecurrentLM

@Suite struct BatchGeneratorTests {
  private let vocabulary = Vocabulary(of: Array("abcdefg".unicodeScalars), mode: .raw)
  private let prefix: [Int32] = [1, 4, 2]

  private func sampler(_ temperature: Double) -> Sampler {
    var sampler = Sampler()
    sampler.temperature = temperature
    return sampler
  }

  private func alone(
    _ model: LanguageModel, count: Int, length: Int, temperature: Double, stop: [Int32] = []
  ) throws -> [[Int32]] {
    let generator = try Generator(model, vocabulary: vocabulary)
    return (0..<count).map { index in
      var random = RandomGenerator(seed: UInt64(index))
      return generator.generate(
        after: prefix, length: length, sampler: sampler(temperature), stop: stop, using: &random)
    }
  }

  private func sideBySide(
    _ model: LanguageModel, count: Int, batch: Int, length: Int, temperature: Double,
    stop: [Int32] = [], threads: Int = 1
  ) throws -> [[Int32]] {
    let generator = try BatchGenerator(
      model, vocabulary: vocabulary, batch: batch, threads: threads)
    var randoms = (0..<count).map { RandomGenerator(seed: UInt64($0)) }
    return generator.continuations(
      of: prefix, length: length, sampler: sampler(temperature), stop: stop, using: &randoms)
  }

  @Test(
    arguments: CellVariant.allCases,
    [(false, 0, false), (false, 0, true), (true, 0, false), (false, 3, false), (true, 3, true)])
  func theTextsAreThoseOfOneAfterAnother(
    _ cell: CellVariant, _ variant: (bidirectional: Bool, embedding: Int, residual: Bool)
  ) throws {
    let model = try LanguageModel(
      cell.architecture(
        layers: 2, hidden: 70, bidirectional: variant.bidirectional,
        embedding: variant.embedding, residual: variant.residual),
      vocabularySize: 7, uniform: 0.1)
    let expected = try alone(model, count: 5, length: 8, temperature: 1)
    #expect(Set(expected).count > 1)
    for (batch, threads) in [(5, 1), (9, 2)] {
      let found = try sideBySide(
        model, count: 5, batch: batch, length: 8, temperature: 1, threads: threads)
      #expect(found == expected)
    }
  }

  /// Bit for bit, so that no text can differ however long it is.
  @Test(arguments: CellVariant.allCases)
  func theLogitsDoNotDependOnTheSequencesBeside(_ cell: CellVariant) throws {
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: 130), vocabularySize: 7, uniform: 0.3)
    for batch in [2, 5, 33] {
      let single = try StepReader(model, threads: 1)
      let many = try StepReader(model, batch: batch, threads: 2)
      for (step, id) in randomText(9).enumerated() {
        single.read(id)
        many.read((0..<batch).map { $0 == 1 ? id : Int32(($0 + step) % 7) })
        #expect(many.logits(ofSequence: 1) == single.logits)
      }
    }
  }

  @Test func aTextThatStopsDoesNotStopTheOthers() throws {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(), vocabularySize: 7, uniform: 0.5)
    let expected = try alone(model, count: 6, length: 30, temperature: 1, stop: [3])
    #expect(Set(expected.map(\.count)).count > 2)
    #expect(
      try sideBySide(model, count: 6, batch: 6, length: 30, temperature: 1, stop: [3])
        == expected)
  }

  @Test func noCharactersAreNoText() throws {
    let model = try LanguageModel(CellVariant.gru.architecture(), vocabularySize: 7, uniform: 0.5)
    #expect(try sideBySide(model, count: 2, batch: 2, length: 0, temperature: 0) == [[], []])
  }
}
