import Testing

@testable import RecurrentLM

@Suite struct ParameterLayoutTests {
  private func shapes(_ architecture: Architecture, _ vocabularySize: Int) -> [String] {
    ParameterLayout(architecture, vocabularySize: vocabularySize).parameters.map {
      "\($0.name) \($0.shape)"
    }
  }

  @Test(arguments: zip(CellVariant.allCases, [1, 1, 3, 3, 4]))
  func namesAndShapesAreThoseOfPyTorch(_ cell: CellVariant, _ gates: Int) {
    let outputs = gates * 5
    #expect(
      shapes(cell.architecture(), 7) == [
        "rnn.weight_ih_l0 [\(outputs), 7]", "rnn.weight_hh_l0 [\(outputs), 5]",
        "rnn.bias_ih_l0 [\(outputs)]", "rnn.bias_hh_l0 [\(outputs)]",
        "linear.weight [7, 5]", "linear.bias [7]",
      ])
    #expect(
      shapes(cell.architecture(layers: 2, bidirectional: true, embedding: 3), 7) == [
        "embedding.weight [7, 3]",
        "rnn.weight_ih_l0 [\(outputs), 3]", "rnn.weight_hh_l0 [\(outputs), 5]",
        "rnn.bias_ih_l0 [\(outputs)]", "rnn.bias_hh_l0 [\(outputs)]",
        "rnn.weight_ih_l0_reverse [\(outputs), 3]", "rnn.weight_hh_l0_reverse [\(outputs), 5]",
        "rnn.bias_ih_l0_reverse [\(outputs)]", "rnn.bias_hh_l0_reverse [\(outputs)]",
        "rnn.weight_ih_l1 [\(outputs), 10]", "rnn.weight_hh_l1 [\(outputs), 5]",
        "rnn.bias_ih_l1 [\(outputs)]", "rnn.bias_hh_l1 [\(outputs)]",
        "rnn.weight_ih_l1_reverse [\(outputs), 10]", "rnn.weight_hh_l1_reverse [\(outputs), 5]",
        "rnn.bias_ih_l1_reverse [\(outputs)]", "rnn.bias_hh_l1_reverse [\(outputs)]",
        "linear.weight [7, 10]", "linear.bias [7]",
      ])
  }

  @Test func theCountLeavesOutThePadding() {
    let layout = ParameterLayout(CellVariant.gru.architecture(hidden: 17), vocabularySize: 11)
    #expect(layout.count == 3 * 17 * (11 + 17 + 2) + 11 * 17 + 11)
  }

  @Test(
    arguments: CellVariant.allCases,
    [(1, 1, 0), (5, 7, 3), (16, 16, 16), (17, 33, 19), (70, 7, 66)])
  func valuesComeBackAndDoNotOverlap(_ cell: CellVariant, _ sizes: (Int, Int, Int)) throws {
    let (hidden, vocabularySize, embedding) = sizes
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: hidden, bidirectional: true, embedding: embedding),
      vocabularySize: vocabularySize)
    var count = 0
    for parameter in model.layout.parameters {
      model.store((count..<count + parameter.count).map(Float.init), in: parameter)
      count += parameter.count
    }
    #expect(model.layout.parameters.flatMap(model.values) == (0..<count).map(Float.init))
    #expect(count == model.layout.count)
  }

  @Test(arguments: CellVariant.allCases, OptimizerKind.allCases)
  func paddingStaysZeroInTraining(_ cell: CellVariant, _ optimizer: OptimizerKind) throws {
    var options = TrainingOptions.small
    options.optimizer = optimizer
    let trainer = try Trainer(
      cell.architecture(layers: 2, bidirectional: true, embedding: 3), options)
    _ = try trainer.finishEpoch()
    let (model, moments) = (trainer.model, trainer.moments)
    #expect(model.values.values.joined().contains { $0 != 0 })
    #expect(moments.allSatisfy { $0.values.contains { $0 != 0 } })
    for parameter in model.layout.parameters {
      model.store([Float](repeating: 0, count: parameter.count), in: parameter)
    }
    let rest = UnsafeBufferPointer(start: model.parameters.base, count: model.parameters.count)
    #expect(rest.allSatisfy { $0 == 0 })
  }
}
