import Foundation
import Testing

@testable import RecurrentLM

@Suite struct TrainerTests {
  private func options(
    _ sampling: Sampling = .sequential, _ optimizer: OptimizerKind = .adam,
    rate: Double? = 0.05, clip: Double = 1
  ) -> TrainingOptions {
    var options = TrainingOptions.small
    options.sampling = sampling
    options.optimizer = optimizer
    options.learningRate = rate
    options.clip = clip
    return options
  }

  @Test(arguments: CellVariant.allCases, OptimizerKind.allCases)
  func theLossOfARepetitiveTextFalls(_ cell: CellVariant, _ optimizer: OptimizerKind) throws {
    let text = (0..<85).map { Int32($0 % 7) }
    let trainer = try Trainer(
      cell.architecture(hidden: 12),
      options(.sequential, optimizer, rate: optimizer == .sgd ? 1 : 0.03), text: text)
    for _ in 0..<25 { _ = try trainer.finishEpoch() }
    let losses = trainer.progress.history.map(\.loss)
    #expect(losses[0] > 1.5)
    #expect((losses.last ?? .infinity) < 0.5)
  }

  @Test(
    arguments: CellVariant.allCases,
    // So many texts are shared out among the threads; of three, each thread has some units.
    [(Sampling.sequential, OptimizerKind.adam, 37), (.random, .sgd, 3)])
  func anyNumberOfThreadsTrainsTheSameParameters(
    _ cell: CellVariant, _ rules: (sampling: Sampling, optimizer: OptimizerKind, batch: Int)
  ) throws {
    // Three panels of 64 units, so that three threads have a share each.
    let architecture = cell.architecture(layers: 2, hidden: 130, residual: true)
    var options = self.options(rules.sampling, rules.optimizer)
    options.batch = rules.batch
    let results = try (1...3).map { threads in
      let trainer = try Trainer(
        architecture, options, text: randomText(13 * rules.batch), threads: threads)
      _ = try trainer.finishEpoch()
      return trainer.model.parameters.bytes
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test(arguments: CellVariant.allCases)
  func anyNumberOfThreadsWritesTheSameBytes(_ cell: CellVariant) throws {
    let architecture = cell.architecture(layers: 2, bidirectional: true, embedding: 20)
    let results = try (1...3).map { threads in
      let trainer = try Trainer(architecture, threads: threads)
      _ = try trainer.finishEpoch()
      return try trainer.encodedCheckpoint()
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test(arguments: Sampling.allCases, OptimizerKind.allCases)
  func theSeedDecidesEveryByte(_ sampling: Sampling, _ optimizer: OptimizerKind) throws {
    let bytes = try [1, 1, 2].map { (seed: UInt64) in
      var options = self.options(sampling, optimizer)
      options.seed = seed
      let trainer = try Trainer(CellVariant.gru.architecture(), options, threads: 2)
      _ = try trainer.finishEpoch()
      return try trainer.encodedCheckpoint()
    }
    #expect(bytes[0] == bytes[1])
    #expect(bytes[0] != bytes[2])
  }

  /// At a learning rate of 0 the parameters stay, so that the equations tell the loss.
  @Test(arguments: Sampling.allCases)
  func anEpochsLossIsTheMeanOverItsCharacters(_ sampling: Sampling) throws {
    let options = options(sampling, .sgd, rate: 0)
    let text = randomText(80)
    let trainer = try Trainer(CellVariant.lstm.architecture(), options, text: text)
    let naive = NaiveNetwork(trainer.model)
    var generator = trainer.progress.epochStart
    let batches = try Batches(
      characters: 80, batch: 3, steps: 4, sampling: sampling, using: &generator)
    // The streams: the state goes on from minibatch to minibatch in sequential order only.
    let pieces = (0..<3).flatMap { row in
      sampling == .sequential
        ? [(batches.start(of: row, in: 0), batches.count * 4)]
        : (0..<batches.count).map { (batches.start(of: row, in: $0), 4) }
    }
    let surprisals = pieces.flatMap { start, count in
      naive.surprisals(
        of: Array(text[start..<start + count]), targets: Array(text[start + 1...start + count]))
    }
    let record = try #require(try trainer.finishEpoch())
    #expect(surprisals.count == batches.count * 12)
    #expect(abs(record.loss - surprisals.reduce(0, +) / Double(surprisals.count)) < 1e-6)
    #expect(abs(record.perplexity - RecurrentLM.perplexity(ofLoss: record.loss)) < 1e-12)
    #expect(record.learningRate == 0)
  }

  /// At a learning rate of 0, as above. The state to the left goes on from minibatch to minibatch;
  /// nothing is known of what comes after one.
  @Test func aClozeKnowsWhatCameBeforeItsMinibatchAndNotWhatComesAfter() throws {
    let options = options(.sequential, .sgd, rate: 0)
    let text = randomText(80)
    let trainer = try Trainer(
      CellVariant.gru.architecture(objective: .cloze), options, text: text)
    let naive = NaiveNetwork(trainer.model)
    var generator = trainer.progress.epochStart
    let batches = try Batches(
      characters: 80, batch: 3, steps: 4, sampling: .sequential, using: &generator)
    let surprisals = (0..<3).flatMap { row in
      let first = batches.start(of: row, in: 0)
      return (0..<batches.count).flatMap { index in
        let known = Array(text[first..<first + (index + 1) * 4])
        return naive.surprisals(of: known, targets: known).suffix(4)
      }
    }
    let record = try #require(try trainer.finishEpoch())
    #expect(surprisals.count == batches.count * 12)
    #expect(abs(record.loss - surprisals.reduce(0, +) / Double(surprisals.count)) < 1e-6)
  }

  @Test func progressIsReportedAfterEachMinibatch() throws {
    let trainer = try Trainer(CellVariant.rnn.architecture())
    for epoch in 1...2 {
      var reports: [MinibatchReport] = []
      let count = trainer.minibatchesPerEpoch
      let record = try trainer.finishEpoch {
        reports.append($0)
        return true
      }
      #expect(reports.map(\.done) == Array(1...count))
      #expect(reports.allSatisfy { $0.epoch == epoch && $0.count == count })
      #expect(record?.loss == reports.last?.loss)
      #expect(record?.epoch == epoch)
      #expect(trainer.progress.history.last == record)
    }
    #expect(trainer.progress.epochsDone == 2)
    #expect(trainer.trainedCharacters == trainer.progress.updates * 12)
    #expect(trainer.trainingSeconds > 0)
  }

  @Test func trainingStopsWhereItIsToldAndGoesOnThere() throws {
    let whole = try Trainer(CellVariant.gru.architecture())
    let record = try whole.finishEpoch()
    let halting = try Trainer(CellVariant.gru.architecture())
    for done in 1..<halting.minibatchesPerEpoch {
      #expect(try halting.finishEpoch { _ in false } == nil)
      #expect(halting.progress.minibatch == done)
    }
    // The last minibatch ends the epoch, whether to stop or not.
    #expect(try halting.finishEpoch { _ in false } == record)
    #expect(try halting.encodedCheckpoint() == whole.encodedCheckpoint())
  }

  @Test func aTextTooShortIsRefused() {
    #expect(throws: TextTooShort(characters: 12, batch: 3, steps: 4)) {
      try Trainer(CellVariant.rnn.architecture(), text: randomText(12))
    }
    #expect(throws: Never.self) {
      _ = try Trainer(CellVariant.rnn.architecture(), text: randomText(13)).finishEpoch()
    }
  }

  // MARK: Clipping

  /// The norm of one SGD update at a learning rate of 1, and that of the gradient.
  private func firstUpdate(clip: Double) throws -> (change: Double, gradient: Double) {
    let trainer = try Trainer(
      CellVariant.lstm.architecture(), options(.sequential, .sgd, rate: 1, clip: clip))
    let before = trainer.model.values
    _ = try trainer.finishEpoch { _ in false }
    let changes = trainer.model.values.sorted { $0.key < $1.key }.flatMap { name, values in
      zip(values, before[name] ?? []).map { Double($0) - Double($1) }
    }
    return (changes.reduce(0) { $0 + $1.squared }.squareRoot(), trainer.progress.normTotal)
  }

  @Test func onlyGradientsAboveTheThresholdAreClippedAndToIt() throws {
    let free = try firstUpdate(clip: 0)
    #expect(abs(free.change / free.gradient - 1) < 1e-5)
    let above = try firstUpdate(clip: 2 * free.gradient)
    #expect(above == free)
    let below = try firstUpdate(clip: free.gradient / 4)
    #expect(abs(below.change / (free.gradient / 4) - 1) < 1e-5)
    #expect(below.gradient == free.gradient)
  }

  // MARK: Divergence

  /// Trains until it diverges, and expects the parameters to be as they were just before.
  private func expectDivergence(_ trainer: Trainer) {
    var before = trainer.model.values
    #expect {
      for _ in 0..<20 {
        _ = try trainer.finishEpoch { _ in
          before = trainer.model.values
          return true
        }
      }
    } throws: { error in
      guard let error = error as? TrainingDiverged else { return false }
      return error.epoch == trainer.progress.epochsDone + 1
        && error.learningRate == trainer.options.effectiveLearningRate
    }
    #expect(before.values.joined().allSatisfy { $0.isFinite })
    let isUnchanged = trainer.model.values == before
    #expect(isUnchanged)
  }

  @Test(arguments: OptimizerKind.allCases, [1e8, 1e20])
  func anExplosionIsThrownAndLeavesTheParametersBeforeIt(
    _ optimizer: OptimizerKind, _ rate: Double
  ) throws {
    expectDivergence(
      try Trainer(
        CellVariant.rnnReLU.architecture(), options(.sequential, optimizer, rate: rate, clip: 0)))
  }

  /// Two logits 6e38 apart: the loss overflows, though every gradient is finite.
  @Test(arguments: OptimizerKind.allCases)
  func anInfiniteLossLeavesTheParametersBeforeItToo(_ optimizer: OptimizerKind) throws {
    let trainer = try Trainer(CellVariant.rnn.architecture(), options(.sequential, optimizer))
    trainer.model.store(
      [3e38, -3e38, -3e38, -3e38, -3e38, -3e38, -3e38],
      in: try trainer.model.parameter("linear.bias"))
    expectDivergence(trainer)
  }

  // MARK: Validation and time

  @Test(arguments: CellVariant.allCases)
  func theValidationIsAnEvaluationInAsManyStreamsAsTheBatchHas(_ cell: CellVariant) throws {
    var options = self.options()
    options.dropout = 0.3
    let heldOut = randomText(8, seed: 2)
    let trainer = try Trainer(cell.architecture(), options, heldOut: heldOut)
    let record = try #require(try trainer.finishEpoch())
    let evaluation = try Evaluator(trainer.model, threads: 1, steps: 4)
      .evaluate(heldOut, streams: 3)
    #expect(record.validationLoss == evaluation.loss)
    #expect(trainer.progress.lastValidation?.epoch == 1)
  }

  @Test func aHeldOutTextDoesNotChangeTheTraining() throws {
    let trainers = try [nil, randomText(8, seed: 2)].map {
      let trainer = try Trainer(CellVariant.lstm.architecture(), heldOut: $0)
      for _ in 0..<2 { _ = try trainer.finishEpoch() }
      return trainer
    }
    #expect(trainers[0].model.values == trainers[1].model.values)
    #expect(trainers[0].progress.lastValidation == nil)
    #expect(trainers[0].keptValidation == nil)
  }

  @Test func patienceEndsAfterEpochsWithoutALowerLoss() throws {
    var options = self.options()
    options.patience = 2
    let trainer = try Trainer(
      CellVariant.lstm.architecture(), options, heldOut: randomText(8, seed: 2))
    #expect(!trainer.isOutOfPatience)
    while !trainer.isOutOfPatience { _ = try trainer.finishEpoch() }
    let losses = trainer.progress.history.compactMap(\.validationLoss)
    let lowest = try #require(losses.min())
    let best = try #require(losses.firstIndex(of: lowest))
    #expect(losses.count == best + 3)
    #expect(trainer.progress.bestValidation?.epoch == Double(best + 1))
  }

  @Test func theLearningRateFollowsTheSchedule() throws {
    var options = self.options(rate: 0.1)
    options.epochs = 4
    options.schedule = .step
    let trainer = try Trainer(CellVariant.rnn.architecture(), options)
    for _ in 0..<4 { _ = try trainer.finishEpoch() }
    let rates = trainer.progress.history.map(\.learningRate)
    // Of the last update of each epoch.
    #expect(zip(rates, [0.1, 0.1, 0.01, 0.001]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func theScheduleStretchesToTheTimeLimit() throws {
    var options = self.options()
    options.maxMinutes = 1e-3 / 60 + 0.2 / 60
    let trainer = try Trainer(CellVariant.rnn.architecture(), options)
    var last = 0.0
    while !trainer.isTimeUp {
      _ = try trainer.finishEpoch {
        #expect($0.fractionDone >= last)
        last = $0.fractionDone
        return !trainer.isTimeUp
      }
    }
    #expect(trainer.snapshot().progress.seconds ?? 0 >= 1e-3)
    options.maxMinutes = 1e6
    let patient = try Trainer(CellVariant.rnn.architecture(), options)
    _ = try patient.finishEpoch()
    #expect(!patient.isTimeUp)
  }

  @Test func withoutATimeLimitNoTimeIsWritten() throws {
    #expect(try Trainer(CellVariant.rnn.architecture()).snapshot().progress.seconds == nil)
  }
}

extension FloatBuffer {
  fileprivate var bytes: Data { Data(bytes: base, count: 4 * count) }
}
