import Testing

@testable import RecurrentLM

@Suite struct BeamGeneratorTests {
  private static func vocabulary(_ count: Int) throws -> Vocabulary {
    try Vocabulary(tokens: (0..<count).compactMap { Unicode.Scalar(97 + $0).map(String.init) })
  }

  /// A model of few characters with strong opinions.
  private func model(
    _ cell: CellVariant, seed: UInt64 = 1, vocabularySize: Int = 3
  ) throws -> LanguageModel {
    try LanguageModel(
      cell.architecture(layers: 2, embedding: seed.isMultiple(of: 2) ? 3 : 0, residual: true),
      vocabularySize: vocabularySize, uniform: 1.2, seed: seed)
  }

  private func search(
    _ model: LanguageModel, width: Int, after prefix: [Int32] = [0, 2, 1], length: Int,
    stop: [Int32] = [], threads: Int = 1
  ) throws -> ScoredText {
    try BeamGenerator(
      model, vocabulary: Self.vocabulary(model.vocabularySize), width: width, threads: threads
    ).continuation(of: prefix, length: length, stop: stop)
  }

  private func greedy(
    _ model: LanguageModel, after prefix: [Int32] = [0, 2, 1], length: Int, stop: [Int32] = []
  ) throws -> [Int32] {
    var random = RandomGenerator(seed: 1)
    return try Generator(model, vocabulary: Self.vocabulary(model.vocabularySize)).generate(
      after: prefix, length: length, stop: stop, using: &random)
  }

  /// Σ log p of `text` after `prefix`.
  private func score(
    _ text: [Int32], _ model: LanguageModel, after prefix: [Int32] = [0, 2, 1]
  ) -> Double {
    let whole = prefix + text
    let surprisals = NaiveNetwork(model).surprisals(
      of: whole.dropLast(), targets: Array(whole.dropFirst()))
    return -surprisals.dropFirst(prefix.count - 1).reduce(0, +)
  }

  /// All that may be generated: texts of a length, or shorter ones that end in `stop`.
  private func outcomes(length: Int, stop: [Int32]) -> [[Int32]] {
    var (running, finished) = ([[Int32]](arrayLiteral: []), [[Int32]]())
    for _ in 0..<length {
      let longer = running.flatMap { text in (0..<3).map { text + [Int32($0)] } }
      let ends: ([Int32]) -> Bool = { !stop.isEmpty && $0.suffix(stop.count) == stop[...] }
      finished += longer.filter(ends)
      running = longer.filter { !ends($0) }
    }
    return finished + running
  }

  /// Plain beam search: all branches are scored from the beginning and sorted.
  private func naiveSearch(_ model: LanguageModel, width: Int, length: Int) -> [Int32] {
    var texts: [[Int32]] = [[]]
    for _ in 0..<length {
      let longer = texts.flatMap { text in
        (0..<Int32(model.vocabularySize)).map { text + [$0] }
      }
      let scored = longer.map { (text: $0, score: score($0, model)) }
      texts = scored.sorted { $0.score > $1.score }.prefix(width).map(\.text)
    }
    return texts[0]
  }

  // MARK: What is found

  @Test(arguments: CellVariant.allCases, [[], [2], [1, 0]] as [[Int32]])
  func aBeamThatKeepsAllFindsTheMostProbableOutcome(_ cell: CellVariant, _ stop: [Int32]) throws {
    for seed in [UInt64](1...3) {
      let model = try model(cell, seed: seed)
      let outcomes = outcomes(length: 4, stop: stop)
      let scores = outcomes.map { score($0, model) }
      // They are all that can happen.
      #expect(abs(scores.reduce(0) { $0 + exp($1) } - 1) < 1e-9)
      let best = try #require(outcomes.indices.max { scores[$0] < scores[$1] })
      let found = try search(model, width: 27, length: 4, stop: stop)
      #expect(found.characters == outcomes[best])
      #expect(abs(found.logProbability - scores[best]) < 1e-4)
    }
  }

  @Test(arguments: CellVariant.allCases, [2, 5])
  func aNarrowBeamKeepsTheMostProbableBeginnings(_ cell: CellVariant, _ width: Int) throws {
    let model = try model(cell, seed: 4, vocabularySize: 6)
    let found = try search(model, width: width, length: 7)
    #expect(found.characters == naiveSearch(model, width: width, length: 7))
    #expect(abs(found.logProbability - score(found.characters, model)) < 1e-4)
  }

  @Test(arguments: CellVariant.allCases, [[], [2], [1, 0]] as [[Int32]])
  func aBeamOfOneTakesTheMostProbableCharacterEachTime(
    _ cell: CellVariant, _ stop: [Int32]
  ) throws {
    for seed in [UInt64](1...4) {
      let model = try model(cell, seed: seed)
      let found = try search(model, width: 1, length: 30, stop: stop)
      #expect(try found.characters == greedy(model, length: 30, stop: stop))
      #expect(abs(found.logProbability - score(found.characters, model)) < 1e-3)
    }
  }

  @Test func aWideBeamFindsWhatTheMostProbableCharactersMiss() throws {
    let missed = try [UInt64](1...8).filter { seed in
      let model = try model(.gru, seed: seed)
      let (one, wide) = (
        try search(model, width: 1, length: 6), try search(model, width: 30, length: 6)
      )
      return wide.logProbability > one.logProbability + 0.01
    }
    #expect(!missed.isEmpty)
  }

  @Test func aBidirectionalModelGoesOnAsWhereItIsNotSearched() throws {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(bidirectional: true), vocabularySize: 3, uniform: 1)
    #expect(try search(model, width: 1, length: 9).characters == greedy(model, length: 9))
    let (one, wide) = (
      try search(model, width: 1, length: 4), try search(model, width: 27, length: 4)
    )
    #expect(wide.logProbability >= one.logProbability - 1e-5)
  }

  @Test func ofEqualTextsThatOfTheSmallestNumbersIsFound() throws {
    let model = try LanguageModel(CellVariant.rnn.architecture(), vocabularySize: 3)
    #expect(try search(model, width: 4, length: 5).characters == [0, 0, 0, 0, 0])
  }

  @Test func theUnknownTokenIsNeverFound() throws {
    let letters = Vocabulary(of: Array("abc".unicodeScalars), mode: .letters)
    let model = try LanguageModel(CellVariant.gru.architecture(), vocabularySize: 4)
    model.store([50, 0, 0, 0], in: try model.parameter("linear.bias"))
    let found = try BeamGenerator(model, vocabulary: letters, width: 3)
      .continuation(of: [1], length: 5)
    #expect(found.characters == [1, 1, 1, 1, 1])
    // The unknown token has nearly all of the probability.
    #expect(abs(found.logProbability + 5 * 50) < 1e-3)
  }

  // MARK: Conditions

  @Test(arguments: [1, 5])
  func theNumberOfThreadsDoesNotChangeTheResult(_ width: Int) throws {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(layers: 2, hidden: 130), vocabularySize: 7, uniform: 0.3)
    let alone = try search(model, width: width, length: 20)
    for threads in [2, 3] {
      #expect(try search(model, width: width, length: 20, threads: threads) == alone)
    }
  }

  @Test func aGeneratorCanBeUsedAgain() throws {
    let generator = try BeamGenerator(
      model(.lstm), vocabulary: Self.vocabulary(3), width: 4)
    let first = try generator.continuation(of: [0, 2, 1], length: 6)
    _ = try generator.continuation(of: [2], length: 3)
    #expect(try generator.continuation(of: [0, 2, 1], length: 6) == first)
  }

  @Test func nothingIsTheMostProbableTextOfLengthZero() throws {
    let found = try search(model(.rnn), width: 4, length: 0)
    #expect(found == ScoredText(characters: [], logProbability: 0))
  }

  @Test func aSearchThatTakesTooMuchMemoryIsRefused() throws {
    let model = try model(.rnn)
    #expect(throws: InsufficientMemory.self) {
      try search(model, width: 1024, length: 1_000_000_000)
    }
  }
}
