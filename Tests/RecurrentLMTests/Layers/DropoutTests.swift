import Testing

@testable import RecurrentLM

/// Rounding of the library's Float; see `GradientCheckTests`.
private let tolerance = 1e-5

@Suite struct DropoutTests {
  private let vocabularySize = 7
  private let batch = 3
  private let steps = 4

  private func model(
    _ cell: CellVariant, hidden: Int = 5, bidirectional: Bool = false, residual: Bool = false,
    objective: Objective = .next
  ) throws -> LanguageModel {
    try LanguageModel(
      cell.architecture(
        layers: 3, hidden: hidden, bidirectional: bidirectional, residual: residual,
        objective: objective), vocabularySize: vocabularySize, uniform: 0.8, seed: 3)
  }

  private func network(
    _ model: LanguageModel, outputs: Double = 0, recurrent: Double = 0, seed: UInt64 = 9
  ) throws -> Network {
    let network = try Network(
      model, batch: batch, steps: steps, trains: true,
      dropout: Dropout(outputs: outputs, recurrentWeights: recurrent))
    network.maskSeed = seed
    network.tokens.store(randomText(batch * steps, seed: 2))
    network.targets.store(randomText(batch * steps, seed: 3))
    return network
  }

  private func train(_ network: Network) -> Double {
    let pool = WorkerPool(count: 2)
    pool.run {
      network.takeParameters($0)
      network.forward($0)
      network.computeGradients($0)
    }
    return network.totalLoss() / Double(batch * steps)
  }

  // MARK: Hidden states

  /// By which factor each hidden state was handed on, as the network shows it.
  private func factor(
    _ network: Network, layer: Int, direction: Int, step: Int, sequence: Int, unit: Int
  ) -> Double {
    let recurrent = network.layers[layer]
    let output = Double(
      recurrent.connection.outputs[direction].after(step)[sequence, unit])
    let added =
      recurrent.connection.isResidual
      ? Double(
        network.layers[layer - 1].connection.outputs[direction].after(step)[sequence, unit]) : 0
    return (output - added)
      / Double(recurrent.directions[direction].hidden.after(step)[sequence, unit])
  }

  private func naiveLoss(_ naive: NaiveNetwork, _ network: Network, factors: [Double]) -> Double {
    let (inputs, targets) = (
      randomText(batch * steps, seed: 2), randomText(batch * steps, seed: 3)
    )
    let hidden = naive.architecture.hidden
    let directions = naive.architecture.directions
    return (0..<batch).reduce(0.0) { total, row in
      var naive = naive
      naive.kept = { layer, direction, step in
        let side = direction.isEmpty ? 0 : 1
        let first = (((layer * directions + side) * steps + step) * batch + row) * hidden
        return Array(factors[first..<first + hidden])
      }
      let places = Array(stride(from: row, to: inputs.count, by: batch))
      return naive.surprisals(of: places.map { inputs[$0] }, targets: places.map { targets[$0] })
        .reduce(total, +)
    } / Double(inputs.count)
  }

  /// By layer, direction, step, sequence and unit: 0, or 1 / (1 - 0.4).
  private func factors(_ network: Network) -> [Double] {
    let architecture = network.model.architecture
    return (0..<architecture.layers).flatMap { layer in
      (0..<architecture.directions).flatMap { direction in
        (0..<steps).flatMap { step in
          (0..<batch).flatMap { sequence in
            (0..<architecture.hidden).map { unit in
              let factor = factor(
                network, layer: layer, direction: direction, step: step, sequence: sequence,
                unit: unit)
              return abs(factor) < 0.1 ? 0 : 1 / 0.6
            }
          }
        }
      }
    }
  }

  @Test(arguments: CellVariant.allCases, [0, 1, 2, 3])
  func lossAndGradientsAreThoseOfAThinnedNetwork(_ cell: CellVariant, _ kind: Int) throws {
    // A ReLU unit that is off shows no factor.
    if cell == .rnnReLU { return }
    let model = try model(
      cell, bidirectional: kind == 1, residual: kind == 2, objective: kind == 3 ? .cloze : .next)
    let network = try network(model, outputs: 0.4)
    let loss = train(network)
    let factors = factors(network)
    #expect(Set(factors).count == 2)
    let naive = NaiveNetwork(model)
    #expect(abs(loss - naiveLoss(naive, network, factors: factors)) < tolerance)

    var generator = RandomGenerator(seed: 4)
    for parameter in model.layout.parameters {
      let gradient = network.gradient(of: parameter).map(Double.init)
      let direction = gradient.map { _ in generator.normal() }
      let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let difference = naive.slope(of: parameter.name, along: direction) {
        naiveLoss($0, network, factors: factors)
      }
      let norm = gradient.reduce(0) { $0 + $1.squared }.squareRoot()
      #expect(abs(slope - difference) < tolerance * norm, "\(parameter.name)")
    }
  }

  // MARK: Recurrent weights

  /// A model with the recurrent weights that a network has left.
  private func thinned(_ network: Network) throws -> LanguageModel {
    let model = try LanguageModel(network.model.architecture, vocabularySize: vocabularySize)
    for parameter in model.layout.parameters {
      model.store(network.model.values(of: parameter), in: parameter)
    }
    let weights = model.layout.weights(in: model.parameters).layers
    for (layer, weights) in zip(network.layers, weights) {
      for (direction, weights) in zip(layer.directions, weights) {
        guard let dropped = direction.recurrentWeight, let weight = weights.recurrent?.weight
        else { continue }
        for panel in 0..<weight.panels { weight.panel(panel).copy(from: dropped.panel(panel)) }
      }
    }
    return model
  }

  @Test(arguments: CellVariant.allCases, [5, 70])
  func aMinibatchSeesTheRecurrentWeightsThatAreLeft(_ cell: CellVariant, _ hidden: Int) throws {
    let model = try model(cell, hidden: hidden, bidirectional: true)
    let network = try network(model, recurrent: 0.25)
    let loss = train(network)
    let thinned = try thinned(network)
    let plain = try self.network(thinned)
    #expect(train(plain) == loss)
    for parameter in model.layout.parameters {
      let (all, left) = (model.values(of: parameter), thinned.values(of: parameter))
      let scale = Float(1 / 0.75)
      let expected = plain.gradient(of: parameter).enumerated().map { index, gradient -> Float in
        if all[index] == left[index] { return gradient }
        return left[index] == 0 ? 0 : gradient * scale
      }
      #expect(network.gradient(of: parameter) == expected, "\(parameter.name)")
      let dropped = left.count { $0 == 0 }
      #expect((dropped > 0) == parameter.name.contains("weight_hh"))
      if parameter.name.contains("weight_hh") {
        let mean = 0.25 * Double(parameter.count)
        #expect(abs(Double(dropped) - mean) < 5 * (0.75 * mean).squareRoot())
      }
    }
  }

  @Test func masksDifferFromUpdateToUpdateAndDirectionToDirection() throws {
    let model = try model(.lstm, hidden: 40, bidirectional: true)
    let masks = try (1...2).flatMap { seed in
      let thinned = try thinned(
        { network in
          _ = train(network)
          return network
        }(network(model, recurrent: 0.5, seed: UInt64(seed))))
      return model.layout.parameters.filter { $0.name.contains("weight_hh") }
        .map { thinned.values(of: $0).map { $0 == 0 } }
    }
    #expect(Set(masks).count == masks.count)
  }
}
