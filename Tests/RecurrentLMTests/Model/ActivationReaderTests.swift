import Testing

@testable import RecurrentLM

@Suite struct ActivationReaderTests {
  /// A name of a signal in a layer and direction, and its values by step and unit.
  private typealias Signals = [String: [[Float]]]

  private static let shapes: [(bidirectional: Bool, objective: Objective)] = [
    (false, .next), (true, .next), (true, .cloze),
  ]

  private func signals(
    of text: [Int32], in model: LanguageModel, window: Int, threads: Int = 1
  ) throws -> Signals {
    let architecture = model.architecture
    var found: Signals = [:]
    var positions: [Int] = []
    try ActivationReader(model, threads: threads, window: window).read(text) { position, step in
      positions.append(position)
      for layer in 0..<architecture.layers {
        for direction in 0..<architecture.directions {
          for signal in architecture.signals {
            let name = "_l\(layer)\(direction == 1 ? "_reverse" : "") \(signal.name)"
            found[name, default: []].append(
              step.values(signal, layer: layer, direction: direction))
          }
        }
      }
    }
    #expect(positions == Array(text.indices))
    return found
  }

  @Test(arguments: CellVariant.allCases, shapes)
  func gatesAndStatesAreThoseOfTheEquations(
    _ cell: CellVariant, _ shape: (bidirectional: Bool, objective: Objective)
  ) throws {
    let architecture = cell.architecture(
      layers: 3, hidden: 70, bidirectional: shape.bidirectional, embedding: 3, residual: true,
      objective: shape.objective)
    let model = try LanguageModel(architecture, vocabularySize: 7, uniform: 0.3)
    let text = randomText(11)
    var expected: Signals = [:]
    var naive = NaiveNetwork(model)
    naive.observe = { suffix, name, values in
      expected["\(suffix) \(name)", default: []].append(values.map(Float.init))
    }
    _ = naive.logits(of: text)
    for name in expected.keys where name.contains("_reverse") { expected[name]?.reverse() }

    let found = try signals(of: text, in: model, window: 4)
    #expect(Set(found.keys) == Set(expected.keys))
    for (name, values) in found {
      let values = values.flatMap(\.self)
      let error = relativeError(values, expected[name]?.flatMap(\.self) ?? [])
      #expect(error < 1e-5, "\(name)")
      let signal = try #require(architecture.signals.first { name.hasSuffix(" \($0.name)") })
      let range: ClosedRange<Float> =
        switch signal.scale {
        case .gate: 0...1
        case .signed: -1...1
        case .positive: 0...Float.greatestFiniteMagnitude
        }
      #expect(values.allSatisfy(range.contains), "\(name)")
    }
  }

  @Test(arguments: CellVariant.allCases)
  func windowsAndThreadsChangeNothing(_ cell: CellVariant) throws {
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: 130), vocabularySize: 7, uniform: 0.3)
    let text = randomText(13)
    let whole = try signals(of: text, in: model, window: 512)
    #expect(try signals(of: text, in: model, window: 5) == whole)
    #expect(try signals(of: text, in: model, window: 13, threads: 2) == whole)
  }

  @Test func theCellsHaveTheirGatesByName() {
    func names(_ cell: CellVariant) -> [String] { cell.architecture().signals.map(\.name) }
    #expect(names(.rnn) == ["H"])
    #expect(names(.gru) == ["reset gate", "update gate", "candidate", "H"])
    #expect(names(.gruResetBefore) == names(.gru))
    #expect(
      names(.lstm)
        == ["input gate", "forget gate", "output gate", "candidate", "tanh(C)", "H"])
    #expect(
      CellVariant.allCases.map { $0.architecture().activity.name }
        == ["H", "H", "H", "H", "tanh(C)"])
  }

  @Test func anEmptyTextHasNoSteps() throws {
    let model = try LanguageModel(CellVariant.lstm.architecture(), vocabularySize: 7, uniform: 1)
    #expect(try signals(of: [], in: model, window: 4).isEmpty)
  }
}
