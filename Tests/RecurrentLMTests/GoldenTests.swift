import Foundation
import Testing

@testable import RecurrentLM

/// Values that PyTorch computed in double precision; `scripts/dev golden` makes the files.
struct GoldenCase: CustomTestStringConvertible {
  let name: String
  let file: SafeTensors
  var testDescription: String { name }

  /// Of all files that there are.
  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: fixture("golden")))?
    .filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(12)) }.sorted() ?? []

  init(_ name: String) throws {
    self.name = name
    file = try SafeTensors(contentsOf: fixture("golden/\(name).safetensors"))
  }

  func number(_ key: String) throws -> Int {
    try #require(file.metadata[key].flatMap { Int($0) })
  }
  func floats(_ name: String) throws -> [Float] { try #require(file.tensors[name]?.floats) }
  func integers(_ name: String) throws -> [Int32] { try #require(file.tensors[name]?.integers) }

  func model() throws -> LanguageModel {
    let architecture = Architecture(
      try #require(file.metadata["cell"].flatMap(CellKind.init(rawValue:))),
      layers: try number("layers"), hidden: try number("hidden"),
      activation: file.metadata["activation"].flatMap(Activation.init(rawValue:)) ?? .tanh,
      bidirectional: file.metadata["bidirectional"] == "true", embedding: try number("embedding"),
      residual: file.metadata["residual"] == "true",
      objective: file.metadata["objective"].flatMap(Objective.init(rawValue:)) ?? .next)
    let model = try LanguageModel(architecture, vocabularySize: number("vocabulary_size"))
    for parameter in model.layout.parameters {
      let tensor = try #require(file.tensors[parameter.name])
      #expect(tensor.shape == parameter.shape)
      model.store(try floats(parameter.name), in: parameter)
    }
    return model
  }

  /// Ten minibatches, each (T, B).
  func minibatches(_ name: String) throws -> [[Int32]] {
    let all = try integers(name)
    let size = try number("batch") * number("steps")
    return stride(from: 0, to: all.count, by: size).map { Array(all[$0..<$0 + size]) }
  }
}

/// Golden values hold to this relative error: ten times below what is asked of Float.
private let tolerance = 1e-5

@Suite struct GoldenTests {
  @Test func everyCellHasGoldenValues() {
    for cell in ["rnn", "rnn-relu", "gru", "lstm"] {
      for variant in ["1-uni", "1-bi", "2-uni", "2-bi"] {
        #expect(GoldenCase.names.contains("\(cell)-\(variant)"))
      }
    }
  }

  @Test(arguments: GoldenCase.names)
  func logitsLossStateAndGradientsAreThoseOfPyTorch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.model()
    let (batch, steps) = (try golden.number("batch"), try golden.number("steps"))
    let network = try Network(model, batch: batch, steps: steps, trains: true)
    let pool = WorkerPool(count: 2)
    network.tokens.store(try golden.minibatches("inputs")[0])
    network.targets.store(try golden.minibatches("targets")[0])

    pool.run {
      network.takeParameters($0)
      network.forward($0)
    }
    let logits = (0..<batch * steps).flatMap(network.logits(ofRow:))
    #expect(relativeError(logits, try golden.floats("logits")) < tolerance)

    pool.run { network.computeGradients($0) }
    let loss = Float(network.totalLoss() / Double(batch * steps))
    #expect(relativeError([loss], try golden.floats("loss")) < tolerance)
    for parameter in model.layout.parameters {
      let expected = try golden.floats("gradient.\(parameter.name)")
      #expect(
        relativeError(network.gradient(of: parameter), expected) < tolerance, "\(parameter.name)")
    }

    let states = network.finalState()
    let parts = golden.file.tensors["state.c"] == nil ? ["state.h"] : ["state.h", "state.c"]
    for (index, part) in parts.enumerated() {
      let found = stride(from: index, to: states.count, by: parts.count).flatMap { states[$0] }
      #expect(relativeError(found, try golden.floats(part)) < tolerance, "\(part)")
    }
  }

  @Test(arguments: GoldenCase.names, [OptimizerKind.sgd, .adam])
  func tenSuccessiveLossesAreThoseOfPyTorch(_ name: String, _ kind: OptimizerKind) throws {
    let golden = try GoldenCase(name)
    let model = try golden.model()
    let network = try Network(
      model, batch: golden.number("batch"), steps: golden.number("steps"), trains: true)
    var options = TrainingOptions()
    options.optimizer = kind
    options.clip = 0.25
    let optimizer = try Optimizer(
      options, parameters: model.parameters, gradients: try #require(network.gradients),
      runs: model.layout.decayRuns, arena: model.arena)
    let pool = WorkerPool(count: 2)
    var losses: [Float] = []
    for (inputs, targets) in zip(
      try golden.minibatches("inputs"), try golden.minibatches("targets"))
    {
      network.carryState()
      network.tokens.store(inputs)
      network.targets.store(targets)
      let number = losses.count + 1
      pool.run { worker in
        network.takeParameters(worker)
        network.forward(worker)
        network.computeGradients(worker)
        _ = optimizer.update(rate: kind == .sgd ? 0.5 : 0.01, number: number, worker)
      }
      losses.append(Float(network.totalLoss() / Double(inputs.count)))
    }
    #expect(relativeError(losses, try golden.floats("losses.\(kind)")) < tolerance)
  }
}
