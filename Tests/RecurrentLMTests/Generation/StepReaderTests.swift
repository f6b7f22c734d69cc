import Testing

@testable import RecurrentLM

@Suite struct StepReaderTests {
  private let text = randomText(9)

  /// The logits after each character, all in one row.
  private func logits(_ reader: StepReader) -> [Float] {
    text.flatMap { id in
      reader.read(id)
      return reader.logits
    }
  }

  /// Three panels of units, so that three threads have some each; and an odd number of layers, so
  /// that the first and the last look ahead in the same steps.
  private func model(
    _ cell: CellVariant, bidirectional: Bool = false, embedding: Int = 0, residual: Bool = false
  ) throws -> LanguageModel {
    try LanguageModel(
      cell.architecture(
        layers: 3, hidden: 130, bidirectional: bidirectional, embedding: embedding,
        residual: residual), vocabularySize: 7, uniform: 0.1)
  }

  @Test(
    arguments: CellVariant.allCases,
    [(false, 0, false), (false, 0, true), (true, 0, false), (false, 3, false), (true, 3, true)])
  func everyCharacterGivesTheLogitsOfANetwork(
    _ cell: CellVariant, _ variant: (bidirectional: Bool, embedding: Int, residual: Bool)
  ) throws {
    let model = try model(
      cell, bidirectional: variant.bidirectional, embedding: variant.embedding,
      residual: variant.residual)
    let pool = WorkerPool(count: 2)
    let reference = try Network(model, batch: 1, steps: 1)
    let expected = text.flatMap { id in
      defer { reference.carryState() }
      return reference.logits(of: [id], on: pool)
    }
    let found = logits(try StepReader(model, threads: 2))
    // Sums of up to 260 products in another order.
    #expect(relativeError(found, expected) < 1e-5)
  }

  @Test(arguments: CellVariant.allCases)
  func theNumberOfThreadsDoesNotChangeTheLogits(_ cell: CellVariant) throws {
    let model = try model(cell, bidirectional: true, residual: true)
    let alone = logits(try StepReader(model, threads: 1))
    for threads in [2, 3, 50] {
      #expect(logits(try StepReader(model, threads: threads)) == alone)
    }
  }

  @Test(arguments: CellVariant.allCases, [1, 2])
  func aResetForgetsAllThatWasRead(_ cell: CellVariant, _ charactersBefore: Int) throws {
    let reader = try StepReader(try model(cell), threads: 2)
    let first = logits(reader)
    reader.reset()
    for id in text.prefix(charactersBefore) { reader.read(id) }
    reader.reset()
    #expect(logits(reader) == first)
  }

  @Test(arguments: CellVariant.allCases)
  func aResetTakesTheParametersOfItsTime(_ cell: CellVariant) throws {
    let model = try model(cell)
    let reader = try StepReader(model, threads: 2)
    let before = logits(reader)
    var generator = RandomGenerator(seed: 2)
    model.initialize(.uniform, scale: 0.1, using: &generator)
    reader.reset()
    let after = logits(reader)
    let ofNewReader = logits(try StepReader(model, threads: 2))
    #expect(after == ofNewReader)
    #expect(after != before)
  }
}
