import Testing

@testable import RecurrentLM

@Suite struct NetworkTests {
  @Test(arguments: CellVariant.allCases, [0, 3])
  func twelveStepsInOneRunAreThreeRunsOfFour(_ cell: CellVariant, _ embedding: Int) throws {
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: 21, embedding: embedding), vocabularySize: 7,
      uniform: 0.5)
    let pool = WorkerPool(count: 2)
    let text = randomText(3 * 12)
    let whole = try Network(model, batch: 3, steps: 12).logits(of: text, on: pool)

    let part = try Network(model, batch: 3, steps: 4)
    let parts = (0..<3).flatMap { index in
      if index > 0 { part.carryState() }
      return part.logits(of: Array(text[index * 12..<(index + 1) * 12]), on: pool)
    }
    #expect(parts == whole)

    // The state may also go from one pass to another, and is gone after a reset.
    let other = try Network(model, batch: 3, steps: 8)
    part.resetState()
    let first = part.logits(of: Array(text[..<12]), on: pool)
    other.carryState(from: part)
    #expect(first + other.logits(of: Array(text[12...]), on: pool) == whole)
  }

  @Test(arguments: CellVariant.allCases)
  func theNumberOfThreadsDoesNotChangeTheLogits(_ cell: CellVariant) throws {
    let model = try LanguageModel(
      // Three panels of the recurrent weights, so that three threads have a share each.
      cell.architecture(hidden: 130, bidirectional: true), vocabularySize: 20, uniform: 0.1)
    let network = try Network(model, batch: 3, steps: 4)
    let text = randomText(12, vocabularySize: 20)
    let alone = network.logits(of: text, on: WorkerPool(count: 1))
    for threads in 2...4 {
      #expect(network.logits(of: text, on: WorkerPool(count: threads)) == alone)
    }
  }

  @Test(arguments: CellVariant.allCases)
  func everyRunIsWithTheParametersOfItsTime(_ cell: CellVariant) throws {
    let model = try LanguageModel(cell.architecture(layers: 2), vocabularySize: 7, uniform: 0.8)
    let network = try Network(model, batch: 3, steps: 4)
    let pool = WorkerPool(count: 2)
    let first = network.logits(of: randomText(12), on: pool)
    #expect(network.logits(of: randomText(12), on: pool) == first)

    var generator = RandomGenerator(seed: 2)
    model.initialize(.uniform, scale: 0.8, using: &generator)
    let fresh = try Network(model, batch: 3, steps: 4)
    #expect(
      network.logits(of: randomText(12), on: pool) == fresh.logits(of: randomText(12), on: pool))
  }

  @Test func stateGoesOutAndInWithoutPadding() throws {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(layers: 2, bidirectional: true), vocabularySize: 7,
      uniform: 0.5)
    let network = try Network(model, batch: 3, steps: 4)
    _ = network.logits(of: randomText(12), on: WorkerPool(count: 1))
    let state = network.finalState()
    // H and C of two directions of two layers, five units for each of three texts.
    #expect(state.map(\.count) == [Int](repeating: 15, count: 8))

    let other = try Network(model, batch: 3, steps: 4)
    let accepted = other.setFinalState(state)
    #expect(accepted)
    #expect(other.finalState() == state)
    let refused = [Array(state.dropLast()), [[1]] + state.dropFirst()].map(other.setFinalState)
    #expect(refused == [false, false])
    #expect(other.finalState() == state)
  }

  @Test func aMinibatchBeyondTheMemoryIsRefused() throws {
    let model = try LanguageModel(CellVariant.lstm.architecture(hidden: 512), vocabularySize: 7)
    #expect {
      try Network(model, batch: 16_384, steps: 16_384)
    } throws: { error in
      guard let error = error as? InsufficientMemory else { return false }
      return error.total > 16_384 * 16_384 * 4 * 512 * 4 && error.total > error.available
        && error.needed[.parameters] == 4 * model.parameters.count
    }
  }
}
