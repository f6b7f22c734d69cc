import Foundation
import Testing

@testable import RecurrentLM

@Suite struct EvaluatorTests {
  private func model(_ cell: CellVariant, bidirectional: Bool = false) throws -> LanguageModel {
    try LanguageModel(
      cell.architecture(layers: 2, bidirectional: bidirectional), vocabularySize: 7, uniform: 0.8)
  }

  /// The evaluation, and what was handed out character by character.
  private func evaluate(
    _ model: LanguageModel, _ text: [Int32], steps: Int
  ) throws -> (whole: Evaluation, positions: [Int], surprisals: [Double]) {
    var (positions, surprisals) = ([Int](), [Double]())
    let whole = try Evaluator(model, threads: 2, steps: steps).evaluate(text) {
      positions.append($0)
      surprisals.append($1)
    }
    return (whole, positions, surprisals)
  }

  @Test(arguments: CellVariant.allCases)
  func theResultIsThatOfTheEquations(_ cell: CellVariant) throws {
    let model = try model(cell)
    let text = randomText(20)
    let expected = NaiveNetwork(model).surprisals(
      of: text.dropLast(), targets: Array(text.dropFirst()))
    let total = expected.reduce(0, +)

    let (whole, positions, surprisals) = try evaluate(model, text, steps: 6)
    #expect(positions == Array(1..<20))
    // What logits are rounded by grows with them, and those of a ReLU have no bound.
    let tolerance = 1e-6 * (expected.max() ?? 1)
    for (found, expected) in zip(surprisals, expected) {
      #expect(abs(found - expected) < tolerance)
    }
    #expect(whole.characters == 19)
    #expect(abs(whole.totalLoss - total) < 19 * tolerance)
    #expect(abs(whole.loss - total / 19) < 1e-5)
    #expect(abs(whole.perplexity / exp(total / 19) - 1) < 1e-5)
    #expect(abs(whole.bitsPerCharacter - log2(exp(total / 19))) < 1e-5)
  }

  /// By the equations in Double, and each character's own probability by its surprisal.
  @Test(arguments: [Objective.next, .cloze])
  func whatWasExpectedIsThatOfTheEquations(_ objective: Objective) throws {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(layers: 2, objective: objective), vocabularySize: 7,
      uniform: 0.8)
    let text = randomText(17)
    let offset = objective == .cloze ? 0 : 1
    let naive = NaiveNetwork(model).logits(of: Array(text.dropLast(offset)))
    let evaluator = Evaluator(model, threads: 2, steps: 5, clozeWindow: 5)
    let whole = try evaluator.evaluate(Tokens(text)) { character in
      let expected = candidates(
        ofLogits: naive[character.position - offset].map(Float.init), count: 7)
      let found = character.expected(7)
      #expect(found.map(\.token) == expected.map(\.token))
      for (a, b) in zip(found, expected) { #expect(abs(a.probability - b.probability) < 1e-5) }
      let own = try #require(found.first { $0.token == text[character.position] })
      #expect(abs(own.probability - exp(-character.nats)) < 1e-5)
      #expect(character.expected(1) == Array(found.prefix(1)))
    }
    #expect(whole.characters == 17 - offset)
  }

  @Test(arguments: [Objective.next, .cloze])
  func progressGrowsToTheWhole(_ objective: Objective) throws {
    let model = try LanguageModel(
      CellVariant.gru.architecture(objective: objective), vocabularySize: 7, uniform: 0.8)
    var fractions: [Double] = []
    _ = try Evaluator(model, threads: 1, steps: 4, clozeWindow: 4)
      .evaluate(Tokens(randomText(40)), onProgress: { fractions.append($0) })
    #expect(fractions == fractions.sorted() && fractions.count >= 10)
    #expect(fractions.last == 1)
  }

  @Test(arguments: CellVariant.allCases)
  func theWindowDoesNotChangeAUnidirectionalResult(_ cell: CellVariant) throws {
    let model = try model(cell)
    let text = randomText(24)
    let once = try evaluate(model, text, steps: 100).surprisals
    for steps in [1, 5, 23, 24] {
      #expect(try evaluate(model, text, steps: steps).surprisals == once)
    }
  }

  @Test func aBidirectionalModelSeesAsFarAsItsWindow() throws {
    let model = try model(.gru, bidirectional: true)
    let text = randomText(13)
    let naive = NaiveNetwork(model).surprisals(
      of: text.dropLast(), targets: Array(text.dropFirst()))
    let whole = try evaluate(model, text, steps: 12).surprisals
    for (found, expected) in zip(whole, naive) { #expect(abs(found - expected) < 1e-5) }
    #expect(try evaluate(model, text, steps: 4).surprisals != whole)
  }

  /// Each character is predicted from all before and all after it, wherever the windows end.
  @Test(arguments: CellVariant.allCases, [2, 20])
  func aClozeSeesTheWholeTextButTheCharacter(_ cell: CellVariant, _ window: Int) throws {
    let model = try LanguageModel(
      cell.architecture(layers: 2, residual: true, objective: .cloze), vocabularySize: 7,
      uniform: 0.8)
    let text = randomText(13)
    let naive = NaiveNetwork(model).surprisals(of: text, targets: text)
    var (positions, surprisals) = ([Int](), [Double]())
    let evaluator = Evaluator(model, threads: 2, steps: 3, clozeWindow: window)
    let whole = try evaluator.evaluate(text) {
      positions.append($0)
      surprisals.append($1)
    }
    #expect(positions == Array(0..<13))
    for (found, expected) in zip(surprisals, naive) { #expect(abs(found - expected) < 1e-5) }
    #expect(whole.characters == 13)
    #expect(abs(whole.loss - naive.reduce(0, +) / 13) < 1e-5)

    let streams = try evaluator.evaluate(text, streams: 3)
    let apart = try (0..<3).map { try evaluator.evaluate(Array(text[$0 * 4..<$0 * 4 + 4])) }
    #expect(streams.characters == 12)
    #expect(abs(streams.totalLoss - apart.reduce(0) { $0 + $1.totalLoss }) < 1e-9)
  }

  @Test func streamsAreScoredEachFromAZeroState() throws {
    let model = try model(.lstm)
    let text = randomText(24)
    let evaluator = Evaluator(model, threads: 1, steps: 3)
    let together = try evaluator.evaluate(text, streams: 3)
    // 23 characters that have a next one: three streams of seven, two left over.
    let apart = try (0..<3).map { try evaluator.evaluate(Array(text[$0 * 7...$0 * 7 + 7])) }
    #expect(together.characters == 21)
    #expect(abs(together.totalLoss - apart.reduce(0) { $0 + $1.totalLoss }) < 1e-9)
    let asOneStream = try evaluator.evaluate(text)
    #expect(together.loss != asOneStream.loss)
  }

  // MARK: Adaptation

  /// The surprisals of a model that learns, and the model after it.
  private func adapt(
    _ cell: CellVariant = .lstm, to text: [Int32], steps: Int, rate: Double, threads: Int = 1
  ) throws -> (surprisals: [Double], model: LanguageModel) {
    let model = try model(cell)
    var surprisals: [Double] = []
    _ = try Evaluator(model, threads: threads, steps: steps).evaluate(text, adaptationRate: rate) {
      surprisals.append($1)
    }
    return (surprisals, model)
  }

  /// Each window is scored by the parameters before its own step, from the state that those before them
  /// left.
  @Test(arguments: CellVariant.allCases)
  func aWindowIsScoredBeforeItIsLearned(_ cell: CellVariant) throws {
    let text = randomText(15)
    let found = try adapt(cell, to: text, steps: 4, rate: 0.3)

    let twin = try model(cell)
    let pool = WorkerPool(count: 1)
    let network = try Network(twin, batch: 1, steps: 4, trains: true)
    var expected: [Double] = []
    for start in stride(from: 0, to: 12, by: 4) {
      if start > 0 { network.carryState() }
      network.tokens.store(Array(text[start..<start + 4]))
      network.targets.store(Array(text[start + 1..<start + 5]))
      pool.run { worker in
        network.takeParameters(worker)
        network.forward(worker)
        network.computeGradients(worker)
      }
      expected += (0..<4).map { Double(network.loss(row: $0)) }
      descend(network, rate: 0.3)
    }
    for (found, expected) in zip(found.surprisals, expected) {
      #expect(abs(found - expected) < 1e-5)
    }
    #expect(found.surprisals.count == 14)
    // The last window, of two characters, has not been learned.
    for parameter in twin.layout.parameters {
      let (a, b) = (found.model.values(of: parameter), twin.values(of: parameter))
      #expect(relativeError(a, b) < 1e-5, "\(parameter.name)")
    }
  }

  /// p -= rate · g, the norm of g clipped to 1.
  private func descend(_ network: Network, rate: Float) {
    let parameters = network.model.layout.parameters
    let gradients = parameters.map(network.gradient)
    let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    for (parameter, gradient) in zip(parameters, gradients) {
      let values = zip(network.model.values(of: parameter), gradient).map { p, g in
        p - rate * g / max(norm, 1)
      }
      network.model.store(values, in: parameter)
    }
  }

  @Test func withoutARateAModelStaysAsItIs() throws {
    let (model, twin) = (try model(.lstm), try model(.lstm))
    _ = try Evaluator(model, threads: 1, steps: 4).evaluate(randomText(19))
    #expect(model.values == twin.values)
  }

  @Test func aTextThatRepeatsItselfIsLearned() throws {
    let text = (0..<240).map { Int32($0 % 3) }
    let surprisals = try adapt(to: text, steps: 4, rate: 0.3).surprisals
    let still = try evaluate(model(.lstm), text, steps: 4).surprisals
    #expect(surprisals.prefix(4) == still.prefix(4))
    let (learned, unlearned) = (surprisals.suffix(40).reduce(0, +), still.suffix(40).reduce(0, +))
    #expect(learned < unlearned / 2)
  }

  @Test func theNumberOfThreadsDoesNotChangeWhatIsLearned() throws {
    let text = randomText(60)
    let alone = try adapt(to: text, steps: 5, rate: 0.2)
    for threads in [2, 3] {
      let together = try adapt(to: text, steps: 5, rate: 0.2, threads: threads)
      #expect(together.surprisals == alone.surprisals)
      #expect(together.model.values == alone.model.values)
    }
  }

  @Test func streamsAreLearnedTogether() throws {
    let text = (0..<121).map { Int32($0 % 3) }
    let learning = try Evaluator(model(.lstm), threads: 1, steps: 4)
      .evaluate(text, streams: 4, adaptationRate: 0.3)
    let still = try Evaluator(model(.lstm), threads: 1, steps: 4).evaluate(text, streams: 4)
    #expect(learning.characters == still.characters)
    #expect(learning.loss < still.loss)
    // One window has nothing after it to be learned for.
    let short = Array(text.prefix(17))
    let one = try Evaluator(model(.lstm), threads: 1, steps: 4)
      .evaluate(short, streams: 4, adaptationRate: 0.3)
    let same = try Evaluator(model(.lstm), threads: 1, steps: 4).evaluate(short, streams: 4)
    #expect(one == same)
  }

  @Test func aRateSoLargeThatNothingFiniteIsLeftIsAnError() throws {
    #expect(throws: AdaptationDiverged(rate: 3e38)) {
      try adapt(.rnnReLU, to: randomText(60), steps: 4, rate: 3e38)
    }
  }

  @Test func anErrorOfTheCallersEndsEvaluation() throws {
    let evaluator = Evaluator(try model(.lstm), threads: 1, steps: 4)
    var last = 0
    #expect(throws: CancellationError.self) {
      _ = try evaluator.evaluate(randomText(19)) { position, _ in
        last = position
        if position == 6 { throw CancellationError() }
      }
    }
    #expect(last == 6)
  }

  @Test func anEvaluatorCanBeUsedAgain() throws {
    let evaluator = Evaluator(try model(.lstm), threads: 2, steps: 4)
    let text = randomText(19)
    let first = try evaluator.evaluate(text)
    #expect(try evaluator.evaluate(text) == first)
  }

  @Test func aTextWithoutACharacterToPredictIsRefused() throws {
    let evaluator = Evaluator(try model(.rnn), threads: 1, steps: 4)
    for count in 0...1 {
      #expect(throws: TextTooShort(characters: count, batch: 1, steps: 1)) {
        try evaluator.evaluate(randomText(count))
      }
    }
    #expect(throws: TextTooShort(characters: 4, batch: 4, steps: 1)) {
      try evaluator.evaluate(randomText(4), streams: 4)
    }
    #expect(try evaluator.evaluate(randomText(5), streams: 4).characters == 4)
  }
}
