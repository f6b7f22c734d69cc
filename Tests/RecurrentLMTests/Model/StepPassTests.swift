import Testing

@testable import RecurrentLM

@Suite struct StepPassTests {
  private let text = randomText(9)

  /// The logits after each character, all in one row.
  private func logits(_ pass: StepPass) -> [Float] {
    text.flatMap { id in
      pass.read(id)
      return pass.logits
    }
  }

  /// Three strips of units, so that three threads have a share each; and an odd number of layers, so
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
  func everyCharacterGivesTheLogitsOfAForwardPass(
    _ cell: CellVariant, _ variant: (bidirectional: Bool, embedding: Int, residual: Bool)
  ) throws {
    let model = try model(
      cell, bidirectional: variant.bidirectional, embedding: variant.embedding,
      residual: variant.residual)
    let pool = WorkerPool(count: 2)
    let reference = try ForwardPass(model, batch: 1, steps: 1)
    let expected = text.flatMap { id in
      defer { reference.carryState() }
      return reference.logits(of: [id], on: pool)
    }
    let found = logits(try StepPass(model, threads: 2))
    // Sums of up to 260 products in another order.
    #expect(relativeError(found, expected) < 1e-5)
  }

  @Test(arguments: CellVariant.allCases)
  func theNumberOfThreadsDoesNotChangeTheLogits(_ cell: CellVariant) throws {
    let model = try model(cell, bidirectional: true, residual: true)
    let alone = logits(try StepPass(model, threads: 1))
    for threads in [2, 3, 50] {
      #expect(logits(try StepPass(model, threads: threads)) == alone)
    }
  }

  @Test(arguments: CellVariant.allCases, [1, 2])
  func aResetForgetsAllThatWasRead(_ cell: CellVariant, _ charactersBefore: Int) throws {
    let pass = try StepPass(try model(cell), threads: 2)
    let first = logits(pass)
    pass.reset()
    for id in text.prefix(charactersBefore) { pass.read(id) }
    pass.reset()
    #expect(logits(pass) == first)
  }

  @Test(arguments: CellVariant.allCases)
  func aResetTakesTheParametersOfItsTime(_ cell: CellVariant) throws {
    let model = try model(cell)
    let pass = try StepPass(model, threads: 2)
    let before = logits(pass)
    var generator = RandomGenerator(seed: 2)
    model.initialize(.uniform, scale: 0.1, using: &generator)
    pass.reset()
    let after = logits(pass)
    let ofNewPass = logits(try StepPass(model, threads: 2))
    #expect(after == ofNewPass)
    #expect(after != before)
  }
}
