import Foundation
import Testing

@testable import RecurrentLM

/// What bfloat16 rounds: to 8 bits, ties to even.
private func rounded(_ x: Double) -> Double {
  let bits = Float(x).bitPattern
  return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
}

@Suite struct PrecisionTests {
  private let vocabularySize = 7
  private let steps = 4

  private func model(
    _ network: NetworkCase, _ precision: Precision, _ order: PairOrder = .inTurn
  ) throws -> LanguageModel {
    let scale = 0.8 * (5 / Double(network.architecture.hidden)).squareRoot()
    let model = try LanguageModel(
      network.architecture, vocabularySize: vocabularySize, uniform: scale, seed: 3)
    model.precision = precision
    model.pairOrder = order
    return model
  }

  /// A network that has computed its gradients.
  private func trained(
    _ model: LanguageModel, batch: Int, threads: Int = 1, dropout: Dropout = Dropout()
  ) throws -> Network {
    let network = try Network(model, batch: batch, steps: steps, trains: true, dropout: dropout)
    network.maskSeed = 5
    let pool = WorkerPool(count: threads)
    _ = network.logits(of: randomText(batch * steps, seed: 2), on: pool)
    network.targets.store(randomText(batch * steps, seed: 3))
    pool.runTogether { network.computeGradients($0) }
    return network
  }

  /// Only the factors of products are rounded, and all of them, each once. Where the library's Float
  /// arithmetic puts a factor on the other side of a rounding than the twin's Double, the logits move by
  /// some 1e-4; without rounding at all they are off by more than 1e-3.
  @Test(arguments: NetworkCase.all, PairOrder.allCases)
  func logitsAreThoseOfRoundedFactors(_ network: NetworkCase, _ order: PairOrder) throws {
    let model = try model(network, .bfloat16, order)
    let batch = 3
    let inputs = randomText(batch * steps, seed: 2)
    let found = try Network(model, batch: batch, steps: steps)
      .logits(of: inputs, on: WorkerPool(count: 1))
    func expected(_ naive: NaiveNetwork) -> [Float] {
      let byRow = (0..<batch).map { row in
        naive.logits(of: stride(from: row, to: inputs.count, by: batch).map { inputs[$0] })
      }
      return (0..<steps).flatMap { step in (0..<batch).flatMap { byRow[$0][step] } }.map {
        Float($0)
      }
    }
    var twin = NaiveNetwork(model)
    let unrounded = relativeError(found, expected(twin))
    twin.rounded = rounded
    let error = relativeError(found, expected(twin))
    #expect(error < 3e-4)
    #expect(error < unrounded / 4)
  }

  /// Errors of 2^-9 in each factor move a gradient by some hundredths; more where they let a ReLU's sum change
  /// its sign. A row, a column or a step that is not where it belongs moves it by more than a half.
  private func tolerance(_ cell: CellVariant) -> Double { cell == .rnnReLU ? 0.15 : 0.05 }

  @Test(arguments: NetworkCase.all, [1, 4, 5])
  func gradientsAreNearThoseOfFloat(_ network: NetworkCase, _ batch: Int) throws {
    let exact = try trained(try model(network, .float), batch: batch)
    for order in PairOrder.allCases {
      let found = try trained(try model(network, .bfloat16, order), batch: batch)
      for parameter in exact.model.layout.parameters {
        let error = relativeError(found.gradient(of: parameter), exact.gradient(of: parameter))
        #expect(error < tolerance(network.cell), "\(parameter.name), \(order)")
      }
      #expect(found.gradients?.values != exact.gradients?.values)
    }
  }

  private static let batches: [(PairOrder, Int)] = [
    (.inTurn, 3), (.inTurn, 26), (.inBlocks, 3), (.inBlocks, 40),
  ]

  @Test(arguments: CellVariant.allCases, batches)
  func theNumberOfThreadsChangesNothing(_ cell: CellVariant, _ batch: (PairOrder, Int)) throws {
    let network = NetworkCase(cell, layers: 3, hidden: 70, bidirectional: true, residual: true)
    let dropout = Dropout(outputs: 0.2, recurrentWeights: 0.2)
    let (order, batch) = batch
    let alone = try trained(try model(network, .bfloat16, order), batch: batch, dropout: dropout)
    for threads in [2, 3] {
      let shared = try trained(
        try model(network, .bfloat16, order), batch: batch, threads: threads, dropout: dropout)
      #expect(shared.gradients?.values == alone.gradients?.values)
    }
  }

  @Test(arguments: CellVariant.allCases)
  func droppedWeightsAreRoundedOnceTheyAreScaled(_ cell: CellVariant) throws {
    let network = NetworkCase(cell, layers: 2, hidden: 33)
    let dropout = Dropout(outputs: 0.3, recurrentWeights: 0.3)
    let exact = try trained(try model(network, .float), batch: 5, dropout: dropout)
    let found = try trained(try model(network, .bfloat16), batch: 5, dropout: dropout)
    for parameter in exact.model.layout.parameters {
      let error = relativeError(found.gradient(of: parameter), exact.gradient(of: parameter))
      #expect(error < tolerance(cell), "\(parameter.name)")
    }
  }

  private static let continuing = NetworkCase.all.filter { $0.architecture.objective == .next }

  @Test(arguments: continuing, [Precision.bfloat16, .int8])
  func generationReadsWhatTrainingReads(_ network: NetworkCase, _ precision: Precision) throws {
    let model = try model(network, precision)
    let text = randomText(9)
    let reference = try Network(model, batch: 1, steps: 1)
    let pool = WorkerPool(count: 1)
    let reader = try StepReader(model, threads: 2)
    for id in text {
      let expected = reference.logits(of: [id], on: pool)
      reference.carryState()
      reader.read(id)
      // Sums in another order, and a rounding that falls otherwise for it.
      #expect(relativeError(reader.logits, expected) < (precision == .int8 ? 5e-3 : 1e-3))
    }
  }

  private static let narrow: [(Precision, PairOrder)] = [
    (.bfloat16, .inTurn), (.bfloat16, .inBlocks), (.int8, .inTurn),
  ]

  @Test(arguments: CellVariant.allCases, narrow)
  func textsSideBySideAreThoseOfOneAlone(
    _ cell: CellVariant, _ kind: (Precision, PairOrder)
  ) throws {
    let model = try model(NetworkCase(cell, layers: 2, hidden: 70), kind.0, kind.1)
    let side = try StepReader(model, batch: 3, threads: 2)
    let alone = try (0..<3).map { _ in try StepReader(model, threads: 2) }
    for step in 0..<6 {
      let ids = randomText(3, seed: UInt64(step))
      side.read(ids)
      for index in 0..<3 {
        alone[index].read(ids[index])
        #expect(side.logits(ofSequence: index) == alone[index].logits)
      }
    }
  }

  /// Rounded states and weights take the place of transposed ones that are half as large; only the networks
  /// that validate have rounded states besides.
  @Test(arguments: [(false, 1.01), (true, 1.05)])
  func trainingTakesHardlyMoreMemoryThanInFloat(_ isValidated: Bool, _ limit: Double) throws {
    func bytes(_ precision: Precision) throws -> Int {
      var options = TrainingOptions()
      options.precision = precision
      return try Trainer.memory(
        CellVariant.lstm.architecture(layers: 2, hidden: 256), vocabularySize: 28, options,
        isValidated: isValidated
      ).values.reduce(0, +)
    }
    let (paired, exact) = (try bytes(.bfloat16), try bytes(.float))
    #expect(Double(paired) < limit * Double(exact))
  }

  /// The states that products read must be forgotten too, by all threads.
  @Test(arguments: CellVariant.allCases, [Precision.bfloat16, .int8])
  func aResetForgetsRoundedStates(_ cell: CellVariant, _ precision: Precision) throws {
    let model = try model(NetworkCase(cell, layers: 2, hidden: 130), precision)
    let reader = try StepReader(model, threads: 2)
    let text = randomText(5)
    func logits() -> [Float] {
      text.flatMap { id in
        reader.read(id)
        return reader.logits
      }
    }
    let first = logits()
    for _ in 0..<5 {
      reader.reset()
      #expect(logits() == first)
    }
  }

  // MARK: int8

  /// Errors of 1/254 of the largest weight of a column and of the largest state, which are a hundredth and
  /// more of most. What is not where it belongs is wrong by more than a half.
  @Test(arguments: NetworkCase.all)
  func logitsOfInt8AreNearThoseOfFloat(_ network: NetworkCase) throws {
    let inputs = randomText(3 * steps, seed: 2)
    func logits(_ precision: Precision, threads: Int = 1) throws -> [Float] {
      try Network(try model(network, precision), batch: 3, steps: steps)
        .logits(of: inputs, on: WorkerPool(count: threads))
    }
    let found = try logits(.int8)
    #expect(relativeError(found, try logits(.float)) < 0.03)
    #expect(try logits(.int8, threads: 2) == found)
    let isBounded = network.cell != .rnnReLU
    #expect((try logits(.bfloat16) == found) != isBounded)
  }

  @Test func theScalesOfAResidualStackAreThoseOfItsSums() {
    let plain = CellVariant.lstm.architecture(layers: 3)
    let residual = CellVariant.lstm.architecture(layers: 3, residual: true)
    #expect(FactorElements(plain, .int8, .inTurn).outputs(ofLayer: 2) == .quad(bound: 1))
    #expect(FactorElements(residual, .int8, .inTurn).outputs(ofLayer: 0) == .quad(bound: 1))
    #expect(FactorElements(residual, .int8, .inTurn).outputs(ofLayer: 2) == .quad(bound: 3))
    #expect(FactorElements(residual, .int8, .inTurn).hidden == .quad(bound: 1))
    let relu = CellVariant.rnnReLU.architecture(layers: 2)
    #expect(FactorElements(relu, .int8, .inBlocks).hidden == .pair(.inBlocks))
  }

  @Test func noModelIsTrainedInInt8() {
    var options = TrainingOptions()
    #expect(options.invalidOption == nil)
    options.precision = .int8
    #expect(options.invalidOption == "precision")
  }

  @Test func aTrainingKeepsTheOrderOfPairsThatItBeganIn() throws {
    var options = TrainingOptions()
    #expect(options.pairOrder == nil)
    options.precision = .bfloat16
    #expect(options.pairOrder == InstructionSet.current.pairOrder)
    let json = String(decoding: try JSONEncoder.stable.encode(options), as: UTF8.self)
    func decoded(_ order: String) throws -> TrainingOptions {
      let stored = #""pair-order":"\#(InstructionSet.current.pairOrder.rawValue)""#
      #expect(json.contains(stored))
      return try JSONDecoder().decode(
        TrainingOptions.self, from: Data(json.replacing(stored, with: order).utf8))
    }
    for order in PairOrder.allCases {
      var kept = try decoded(#""pair-order":"\#(order.rawValue)""#)
      kept.precision = .bfloat16
      #expect(kept.effectivePairOrder == order)
      let model = try LanguageModel(CellVariant.gru.architecture(layers: 1), vocabularySize: 3)
      _ = try TrainingStep(model, kept)
      #expect(model.pairOrder == order)
    }
    // The first files with bfloat16 knew one order.
    #expect(try decoded(#""unknown":0"#).effectivePairOrder == .inTurn)
  }

  @Test func aCheckpointComputesInThePrecisionOfItsTraining() throws {
    var options = TrainingOptions.small
    options.precision = .bfloat16
    let trainer = try Trainer(CellVariant.lstm.architecture(layers: 2), options)
    _ = try trainer.finishEpoch()
    let folder = try TemporaryFolder()
    try trainer.writeCheckpoint(to: folder.file("model"))
    let checkpoint = try Checkpoint(contentsOf: folder.file("model"))
    func loss() throws -> Double {
      try Evaluator(try checkpoint.model(), threads: 1, steps: 4).evaluate(randomText(40)).totalLoss
    }
    let found = try loss()
    #expect(checkpoint.precision == .bfloat16)
    checkpoint.precision = .float
    #expect(try loss() != found)
    checkpoint.precision = .bfloat16
    #expect(try loss() == found)
  }
}
