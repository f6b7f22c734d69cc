import Testing

@testable import RecurrentLM

@Suite struct LargerVocabularyTests {
  static let architectures = CellVariant.allCases.flatMap { cell in
    [
      cell.architecture(layers: 2),
      cell.architecture(layers: 2, embedding: 3, residual: true),
      cell.architecture(layers: 2, bidirectional: true),
      cell.architecture(layers: 2, embedding: 3, objective: .cloze),
    ]
  }

  private func extended(
    _ model: LanguageModel, to size: Int, _ initialization: Initialization = .uniform,
    seed: UInt64 = 9
  ) throws -> LanguageModel {
    var generator = RandomGenerator(seed: seed)
    return try LanguageModel(
      extending: model, vocabularySize: size, initialization, using: &generator)
  }

  /// The values of old tokens, and those of new ones. Only shapes that have grown have these.
  private func split(
    _ parameter: Parameter, of new: LanguageModel, _ old: LanguageModel
  ) throws -> (old: [Float], added: [Float]) {
    let values = new.values(of: parameter)
    let (shape, former) = (parameter.shape, try old.parameter(parameter.name).shape)
    let width = shape.count == 2 ? shape[1] : 1
    let isOld: (Int) -> Bool = { index in
      index / width < former[0] && index % width < (former.count == 2 ? former[1] : 1)
    }
    return (
      values.indices.filter(isOld).map { values[$0] },
      values.indices.filter { !isOld($0) }.map { values[$0] }
    )
  }

  @Test(arguments: architectures)
  func whatOldTokensHaveStaysExactly(_ architecture: Architecture) throws {
    let old = try LanguageModel(architecture, vocabularySize: 7, uniform: 0.7)
    let new = try extended(old, to: 18)
    #expect(new.vocabularySize == 18)
    var grown: Set<String> = []
    for parameter in new.layout.parameters {
      let (kept, added) = try split(parameter, of: new, old)
      #expect(try kept == old.values(of: old.parameter(parameter.name)), "\(parameter.name)")
      if !added.isEmpty { grown.insert(parameter.name) }
      #expect(added.allSatisfy { $0 != 0 })
    }
    let inputs =
      architecture.embedding > 0
      ? ["embedding.weight"]
      : ["rnn.weight_ih_l0", "rnn.weight_ih_l0_reverse"].prefix(architecture.directions)
    #expect(grown == Set(inputs + ["linear.weight", "linear.bias"]))
  }

  /// Without what is new, softmax gives what it has given.
  @Test(arguments: architectures)
  func oldTokensHaveTheirLogitsAfterOldText(_ architecture: Architecture) throws {
    let old = try LanguageModel(architecture, vocabularySize: 7, uniform: 0.7)
    let pool = WorkerPool(count: 1)
    let text = randomText(12)
    func logits(_ model: LanguageModel) throws -> [[Float]] {
      let network = try Network(model, batch: 2, steps: 6)
      _ = network.logits(of: text, on: pool)
      return (0..<12).map { Array(network.logits(ofRow: $0).prefix(7)) }
    }
    #expect(try logits(extended(old, to: 18)) == logits(old))
  }

  @Test func theSeedDecidesWhatIsDrawn() throws {
    let old = try LanguageModel(
      CellVariant.lstm.architecture(), vocabularySize: 7, uniform: 0.7)
    #expect(try extended(old, to: 9).values == extended(old, to: 9).values)
    #expect(try extended(old, to: 9).values != extended(old, to: 9, seed: 2).values)
    #expect(try extended(old, to: 7).values == old.values)
  }

  @Test(arguments: Initialization.allCases)
  func whatIsNewIsDrawnAsInANewModel(_ initialization: Initialization) throws {
    let architecture = CellVariant.gru.architecture(layers: 2, hidden: 40, residual: true)
    let old = try LanguageModel(architecture, vocabularySize: 7)
    let new = try extended(old, to: 30, initialization)
    let fresh = try LanguageModel(architecture, vocabularySize: 30)
    var generator = RandomGenerator(seed: 9)
    fresh.initialize(initialization, using: &generator)
    for parameter in new.layout.parameters {
      let (found, expected) = (
        try split(parameter, of: new, old).added, try split(parameter, of: fresh, old).added
      )
      #expect(found == expected, "\(parameter.name)")
    }
  }
}
