import Testing

@testable import RecurrentLM

/// A network to check.
struct NetworkCase: CustomTestStringConvertible {
  let cell: CellVariant
  let architecture: Architecture
  let testDescription: String

  init(
    _ cell: CellVariant, layers: Int, hidden: Int = 5, bidirectional: Bool = false,
    embedding: Int = 0, residual: Bool = false, objective: Objective = .next
  ) {
    self.cell = cell
    architecture = cell.architecture(
      layers: layers, hidden: hidden, bidirectional: bidirectional, embedding: embedding,
      residual: residual, objective: objective)
    testDescription =
      "\(cell) \(layers) x \(hidden) \(bidirectional ? "bidirectional" : "unidirectional") \(embedding) "
      + "\(residual ? "residual" : "plain") \(objective)"
  }

  /// Every cell in 1 to 3 layers and both directions, with and without an embedding, with residual
  /// connections, for a cloze, and with gates of more than one panel of 64 units.
  static let all = CellVariant.allCases.flatMap { cell in
    [false, true].flatMap { bidirectional in
      (1...3).map { NetworkCase(cell, layers: $0, bidirectional: bidirectional) } + [
        NetworkCase(
          cell, layers: bidirectional ? 2 : 1, bidirectional: bidirectional, embedding: 3),
        NetworkCase(cell, layers: 3, bidirectional: bidirectional, residual: true),
      ]
    } + [
      NetworkCase(cell, layers: 2, hidden: 70),
      NetworkCase(cell, layers: 1, objective: .cloze),
      NetworkCase(cell, layers: 2, embedding: 3, objective: .cloze),
      NetworkCase(cell, layers: 3, residual: true, objective: .cloze),
    ]
  }
}

/// The library's Float arithmetic is compared with `NaiveNetwork` in Double, so that differences of
/// its loss are exact to about 1e-9 and all error left is the library's rounding: some 1e-6 of a
/// gradient's norm after the sums over T · B = 12 rows. Ten times that is allowed. Leaving out a
/// term, or taking a neighbouring step's state, changes a gradient by far more than 1e-5 of it.
private let tolerance = 1e-5

@Suite struct GradientCheckTests {
  private let vocabularySize = 7
  private let batch = 3
  private let steps = 4

  @Test(arguments: NetworkCase.all)
  func logitsLossAndGradientsAreThoseOfTheEquations(_ network: NetworkCase) throws {
    // The sums of more units as large as those of five: a ReLU's would grow from step to step.
    let scale = 0.8 * (5 / Double(network.architecture.hidden)).squareRoot()
    let model = try LanguageModel(
      network.architecture, vocabularySize: vocabularySize, uniform: scale, seed: 3)
    let inputs = randomText(batch * steps, seed: 2)
    let targets = randomText(batch * steps, seed: 3)
    let naive = NaiveNetwork(model)
    let pool = WorkerPool(count: 1)
    let trained = try Network(model, batch: batch, steps: steps, trains: true)

    let logits = trained.logits(of: inputs, on: pool)
    let expected = (0..<batch).map { row in
      naive.logits(of: stride(from: row, to: inputs.count, by: batch).map { inputs[$0] })
    }
    let expectedRows = (0..<steps).flatMap { step in (0..<batch).map { expected[$0][step] } }
    #expect(relativeError(logits, expectedRows.joined().map { Float($0) }) < tolerance)

    trained.targets.store(targets)
    pool.run { trained.computeGradients($0) }
    let loss = trained.totalLoss() / Double(batch * steps)
    #expect(abs(loss - naive.loss(inputs: inputs, targets: targets, batch: batch)) < tolerance)

    var generator = RandomGenerator(seed: 4)
    for parameter in model.layout.parameters {
      let gradient = trained.gradient(of: parameter).map(Double.init)
      let norm = gradient.reduce(0) { $0 + $1.squared }.squareRoot()
      #expect(norm > 1e-4, "\(parameter.name) has a gradient to check")
      // Normal draws: the derivative along them is off by about the norm of what a gradient lacks.
      let direction = gradient.map { _ in generator.normal() }
      let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let difference = naive.slope(of: parameter.name, along: direction) {
        $0.loss(inputs: inputs, targets: targets, batch: batch)
      }
      #expect(abs(slope - difference) < tolerance * norm, "\(parameter.name)")
    }
  }
}

extension NaiveNetwork {
  /// The derivative of `loss` as one parameter moves along `direction`, by a central difference.
  func slope(
    of name: String, along direction: [Double], _ loss: (NaiveNetwork) -> Double
  ) -> Double {
    let step = 1e-5
    func moved(by distance: Double) -> NaiveNetwork {
      var network = self
      network.parameters[name] = network.parameters[name].map {
        zip($0, direction).map { $0 + distance * $1 }
      }
      return network
    }
    return (loss(moved(by: step)) - loss(moved(by: -step))) / (2 * step)
  }
}
