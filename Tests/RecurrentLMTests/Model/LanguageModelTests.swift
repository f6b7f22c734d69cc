import Testing

@testable import RecurrentLM

@Suite struct LanguageModelTests {
  /// A model with an embedding; more hidden units give larger samples.
  private func model(
    _ initialization: Initialization, scale: Double? = nil, forgetBias: Double = 0,
    cell: CellVariant = .lstm, hidden: Int = 9, seed: UInt64 = 1
  ) throws -> LanguageModel {
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: hidden, bidirectional: true, embedding: 4),
      vocabularySize: 20)
    var generator = RandomGenerator(seed: seed)
    model.initialize(initialization, scale: scale, forgetBias: forgetBias, using: &generator)
    return model
  }

  /// Values of the weights and of the biases.
  private func weightsAndBiases(_ model: LanguageModel) -> (weights: [Float], biases: [Float]) {
    let values = model.layout.parameters.map { ($0.shape.count == 1, model.values(of: $0)) }
    return (
      values.filter { !$0.0 }.flatMap(\.1), values.filter(\.0).flatMap(\.1)
    )
  }

  private func expectUniform(_ values: [Float], within bound: Float) {
    #expect(values.allSatisfy { abs($0) <= bound })
    for sign: Float in [-1, 1] { #expect(values.contains { sign * $0 > 0.9 * bound }) }
    let root = (values.reduce(0) { $0 + Double($1).squared } / Double(values.count)).squareRoot()
    // The deviation of a uniform distribution is its bound / √3.
    #expect(abs(root / (Double(bound) / 3.0.squareRoot()) - 1) < 0.1)
  }

  @Test func uniformFillsTheRangeThatTheHiddenUnitsGive() throws {
    let (weights, biases) = weightsAndBiases(try model(.uniform, hidden: 32))
    expectUniform(weights, within: 1 / Float(32).squareRoot())
    expectUniform(biases, within: 1 / Float(32).squareRoot())
    let scaled = weightsAndBiases(try model(.uniform, scale: 0.02, hidden: 32))
    expectUniform(scaled.weights + scaled.biases, within: 0.02)
  }

  /// What a character picks: an embedding's row, or a row of the one-hot input's weights.
  @Test(arguments: [Initialization.uniform, .orthogonal], [0, 4])
  func inAResidualStackWhatACharacterPicksFillsTheRangeOfOneInput(
    _ initialization: Initialization, _ embedding: Int
  ) throws {
    let architecture = Architecture(
      .lstm, layers: 3, hidden: 32, bidirectional: true, embedding: embedding, residual: true)
    let model = try LanguageModel(architecture, vocabularySize: 90)
    var generator = RandomGenerator(seed: 1)
    model.initialize(initialization, using: &generator)
    let picked =
      embedding > 0 ? ["embedding.weight"] : ["rnn.weight_ih_l0", "rnn.weight_ih_l0_reverse"]
    for (name, values) in model.values where name.contains("weight") {
      guard initialization == .uniform || !name.contains("weight_hh") else { continue }
      expectUniform(values, within: picked.contains(name) ? 1 : 1 / Float(32).squareRoot())
    }
    model.initialize(.uniform, scale: 0.02, using: &generator)
    for values in model.values.values { expectUniform(values, within: 0.02) }
  }

  @Test(arguments: [(nil, 0.01), (0.5, 0.5)])
  func normalHasTheDeviationAskedForAndNoBiases(_ scale: Double?, _ deviation: Double) throws {
    let (weights, biases) = weightsAndBiases(try model(.normal, scale: scale, hidden: 32))
    let draws = weights.map { Double($0) / deviation }
    let count = Double(draws.count)
    #expect(biases.allSatisfy { $0 == 0 })
    // Moments of N(0, 1), within five of their own deviations.
    #expect(abs(draws.reduce(0, +) / count) < 5 / count.squareRoot())
    #expect(abs(draws.reduce(0) { $0 + $1.squared } / count - 1) < 5 * (2 / count).squareRoot())
    #expect(
      abs(draws.reduce(0) { $0 + $1.squared.squared } / count - 3) < 5 * (96 / count).squareRoot())
  }

  @Test(arguments: CellVariant.allCases, [1, 0.5])
  func orthogonalMakesEachGateOfTheRecurrentWeightsOrthogonal(
    _ cell: CellVariant, _ scale: Double
  ) throws {
    let model = try model(.orthogonal, scale: scale == 1 ? nil : scale, cell: cell)
    for parameter in model.layout.parameters {
      let values = model.values(of: parameter)
      if parameter.shape.count == 1 {
        #expect(values.allSatisfy { $0 == 0 })
      } else if parameter.name.contains("weight_hh") {
        let rows = stride(from: 0, to: values.count, by: 9).map { values[$0..<$0 + 9] }
        for first in stride(from: 0, to: rows.count, by: 9) {
          let gate = rows[first..<first + 9]
          let products = gate.flatMap { a in
            gate.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
          }
          let expected = (0..<81).map { $0 % 10 == 0 ? Float(scale.squared) : 0 }
          #expect(relativeError(products, expected) < 1e-6)
        }
      } else {
        #expect(values.allSatisfy { abs($0) <= 1 / 3 })
        #expect(values.contains { abs($0) > 0.3 })
      }
    }
  }

  @Test func gatesAreDrawnIndependently() throws {
    let values = try model(.orthogonal).values["rnn.weight_hh_l0"] ?? []
    #expect(values[..<81] != values[81..<162])
  }

  @Test(arguments: Initialization.allCases)
  func theForgetBiasGoesToTheForgetGatesOfTheInputBiasesOnly(
    _ initialization: Initialization
  ) throws {
    let plain = try model(initialization)
    let biased = try model(initialization, forgetBias: 1.5)
    for parameter in plain.layout.parameters {
      let difference = zip(biased.values(of: parameter), plain.values(of: parameter)).map(-)
      let expected = difference.indices.map { index -> Float in
        parameter.name.contains("bias_ih") && 9..<18 ~= index ? 1.5 : 0
      }
      #expect(zip(difference, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(parameter.name)")
    }
  }

  @Test func onlyAnLSTMHasAForgetGate() throws {
    let plain = try model(.uniform, cell: .gru)
    #expect(try model(.uniform, forgetBias: 1.5, cell: .gru).values == plain.values)
  }

  @Test(arguments: Initialization.allCases)
  func theSameSeedDrawsTheSameParameters(_ initialization: Initialization) throws {
    #expect(try model(initialization).values == model(initialization).values)
    #expect(try model(initialization).values != model(initialization, seed: 2).values)
  }

  @Test func aModelBeyondTheMemoryIsRefusedWithTheSum() {
    let architecture = CellVariant.lstm.architecture(
      layers: 256, hidden: 16_384, bidirectional: true, embedding: 16_384)
    #expect {
      try LanguageModel(architecture, vocabularySize: 1_114_112)
    } throws: { error in
      guard let error = error as? InsufficientMemory else { return false }
      let count = ParameterLayout(architecture, vocabularySize: 1_114_112).count
      return error.total >= 4 * count && error.total > error.available && error.available > 0
    }
  }
}
