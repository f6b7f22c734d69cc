import Testing

@testable import RecurrentLM

@Suite struct TrainingSnapshotTests {
  private let architecture = CellVariant.lstm.architecture(layers: 2)

  /// An LSTM's training after `epochs` epochs and `minibatches` minibatches.
  private func trainer(
    _ options: TrainingOptions = .small, epochs: Int, minibatches: Int = 0
  ) throws -> Trainer {
    let trainer = try Trainer(architecture, options)
    for _ in 0..<epochs { _ = try trainer.finishEpoch() }
    if minibatches > 0 { _ = try trainer.finishEpoch { $0.done < minibatches } }
    return trainer
  }

  @Test(arguments: Sampling.allCases, OptimizerKind.allCases)
  func trainingGoesOnExactlyWhereItWasLeft(
    _ sampling: Sampling, _ optimizer: OptimizerKind
  ) throws {
    var options = TrainingOptions.small
    options.sampling = sampling
    options.optimizer = optimizer
    let uninterrupted = try trainer(options, epochs: 3).encodedCheckpoint()
    let folder = try TemporaryFolder()
    for (epochs, minibatches) in [(0, 0), (0, 1), (1, 0), (1, 2), (2, 3)] {
      let left = try trainer(options, epochs: epochs, minibatches: minibatches)
      #expect(left.progress.minibatch == minibatches)
      try left.writeCheckpoint(to: folder.file("left"))

      let checkpoint = try Checkpoint(contentsOf: folder.file("left"))
      let model = try LanguageModel(
        checkpoint.configuration.architecture, vocabularySize: checkpoint.vocabulary.count)
      let resumed = try Trainer(
        model, text: randomText(80), options: checkpoint.configuration.training,
        threads: 2, generator: RandomGenerator(seed: 99))
      try checkpoint.restore(resumed)
      #expect(try resumed.encodedCheckpoint() == left.encodedCheckpoint())
      for _ in epochs..<3 { _ = try resumed.finishEpoch() }
      #expect(try resumed.encodedCheckpoint() == uninterrupted)
    }
  }

  /// The held-out text is predicted worse and worse, so the model that is kept is an older one.
  @Test(arguments: KeptModel.allCases)
  func trainingGoesOnFromTheLastModelAndKeepsTheBest(_ kept: KeptModel) throws {
    var options = TrainingOptions.small
    options.keep = kept
    options.dropout = 0.2
    options.recurrentDropout = 0.3
    options.schedule = .cosine
    options.epochs = 4
    func trainer() throws -> Trainer {
      try Trainer(architecture, options, heldOut: randomText(9, seed: 2))
    }
    let whole = try trainer()
    for _ in 0..<4 { _ = try whole.finishEpoch() }
    let best = try #require(whole.progress.bestValidation)
    #expect(best.updates < whole.progress.updates)
    let left = try trainer()
    for _ in 0..<2 { _ = try left.finishEpoch() }
    _ = try left.finishEpoch { $0.done < 2 }
    let folder = try TemporaryFolder()
    try left.writeCheckpoint(to: folder.file("left"))
    let checkpoint = try Checkpoint(contentsOf: folder.file("left"))
    let resumed = try trainer()
    try checkpoint.restore(resumed)
    #expect(try resumed.encodedCheckpoint() == left.encodedCheckpoint())
    for _ in 2..<4 { _ = try resumed.finishEpoch() }
    #expect(try resumed.encodedCheckpoint() == whole.encodedCheckpoint())

    let file = try whole.checkpointFile()
    #expect((file.tensors["training.last.linear.bias"] != nil) == (kept == .best))
  }

  @Test func theFileHoldsTheModelOfTheBestValidation() throws {
    let trainer = try Trainer(architecture, heldOut: randomText(9, seed: 2))
    var (best, kept) = (Double.infinity, [String: [Float]]())
    for _ in 0..<5 {
      let loss = try #require(try trainer.finishEpoch()?.validationLoss)
      if loss < best { (best, kept) = (loss, trainer.model.values) }
    }
    let folder = try TemporaryFolder()
    try trainer.writeCheckpoint(to: folder.file("model"))
    let checkpoint = try Checkpoint(contentsOf: folder.file("model"))
    #expect(checkpoint.bestValidation?.loss == best)
    #expect(try checkpoint.model().values == kept)
    #expect(kept != trainer.model.values)
  }

  @Test func aRunWithAnotherHeldOutTextIsAnother() throws {
    let snapshot = try Trainer(architecture, heldOut: randomText(9, seed: 2)).snapshot()
    for heldOut in [nil, randomText(30, seed: 3)] {
      #expect(throws: SnapshotMismatch.heldOut) {
        try Trainer(architecture, heldOut: heldOut).restore(snapshot)
      }
    }
  }

  /// As a file may have them that charnn has not written.
  @Test func validationsThatCannotHaveBeenMadeAreRefused() throws {
    let heldOut = randomText(9, seed: 2)
    let trained = try Trainer(architecture, heldOut: heldOut)
    _ = try trained.finishEpoch()
    let sound = trained.snapshot()
    let changes: [(inout TrainingProgress) -> Void] = [
      { $0.lastValidation?.updates = .min }, { $0.bestValidation?.updates = $0.updates + 1 },
      { $0.lastValidation?.epoch = -1 }, { $0.seconds = -1 },
    ]
    for change in changes {
      var snapshot = sound
      change(&snapshot.progress)
      #expect(throws: SnapshotMismatch.position) {
        try Trainer(architecture, heldOut: heldOut).restore(snapshot)
      }
    }
    #expect(throws: Never.self) { try Trainer(architecture, heldOut: heldOut).restore(sound) }
  }

  /// What restoring a snapshot in other circumstances throws.
  private func mismatch(
    minibatches: Int, text: [Int32] = randomText(80), architecture: Architecture? = nil,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> SnapshotMismatch? {
    let snapshot = try trainer(epochs: 1, minibatches: minibatches).snapshot()
    var options = TrainingOptions.small
    change(&options)
    let other = try Trainer(architecture ?? self.architecture, options, text: text)
    let before = try other.encodedCheckpoint()
    do throws(SnapshotMismatch) {
      try other.restore(snapshot)
      return nil
    } catch {
      #expect(try other.encodedCheckpoint() == before, "a refused snapshot changes nothing")
      return error
    }
  }

  /// The held-out text has two windows, and is read after the third and the fourth epoch, the last one.
  /// Patience would end training if the fourth counted before it has been judged.
  @Test(arguments: 0...2)
  func aValidationThatIsBrokenOffIsMadeUpFor(windows: Int) throws {
    var options = TrainingOptions.small
    options.patience = 1
    options.epochs = 4
    func trainer() throws -> Trainer {
      try Trainer(architecture, options, heldOut: randomText(25, seed: 2))
    }
    let whole = try trainer()
    for _ in 0..<4 { _ = try whole.finishEpoch() }
    let stopped = try trainer()
    for _ in 0..<3 { _ = try stopped.finishEpoch() }
    var left = windows
    let record = try stopped.finishEpoch(validatingWhile: {
      left -= 1
      return left >= 0
    })
    guard record == nil else {
      #expect(windows == 2)
      return
    }
    #expect(stopped.progress.lastValidation?.epoch == 3)
    #expect(!stopped.isOutOfPatience)
    let folder = try TemporaryFolder()
    try stopped.writeCheckpoint(to: folder.file("stopped"))
    let resumed = try trainer()
    try Checkpoint(contentsOf: folder.file("stopped")).restore(resumed)
    #expect(!resumed.isOutOfPatience)
    #expect(try resumed.finishEpoch() == whole.progress.history.last)
    #expect(try resumed.encodedCheckpoint() == whole.encodedCheckpoint())
  }

  @Test(arguments: [0, 2])
  func anotherTextOrOptimiserIsRefused(_ minibatches: Int) throws {
    #expect(try mismatch(minibatches: minibatches) == nil)
    #expect(try mismatch(minibatches: minibatches, text: randomText(80, seed: 2)) == .text)
    #expect(try mismatch(minibatches: minibatches, text: randomText(81)) == .text)
    #expect(try mismatch(minibatches: minibatches) { $0.optimizer = .sgd } == .optimizer)
  }

  @Test(arguments: [0, 2])
  func minibatchesOfAnotherKindAreRefused(_ minibatches: Int) throws {
    #expect(try mismatch(minibatches: minibatches) { $0.sampling = .random } != nil)
    #expect(try mismatch(minibatches: minibatches) { $0.steps = 5 } != nil)
    #expect(try mismatch(minibatches: minibatches) { $0.batch = 4 } != nil)
  }

  @Test(arguments: [-1, 7, 1_000_000])
  func aPositionOutsideTheEpochIsRefused(_ minibatch: Int) throws {
    let trainer = try trainer(epochs: 0, minibatches: 2)
    var snapshot = trainer.snapshot()
    snapshot.progress.minibatch = minibatch
    #expect(throws: SnapshotMismatch.position) { try trainer.restore(snapshot) }
  }

  /// The last number that can be counted has no next one.
  @Test(arguments: [-1, Int.max])
  func aNumberOfUpdatesThatCannotBeIsRefused(_ updates: Int) throws {
    let trainer = try trainer(epochs: 0, minibatches: 2)
    var snapshot = trainer.snapshot()
    snapshot.progress.updates = updates
    #expect(throws: SnapshotMismatch.position) { try trainer.restore(snapshot) }
  }

  @Test func aStateOfTheWrongSizeIsRefused() throws {
    let trainer = try trainer(epochs: 0, minibatches: 2)
    var snapshot = trainer.snapshot()
    #expect(snapshot.state.map(\.count) == [15, 15, 15, 15])
    snapshot.state[3].removeLast()
    #expect(throws: SnapshotMismatch.state) { try trainer.restore(snapshot) }
    snapshot.state.removeLast()
    #expect(throws: SnapshotMismatch.state) { try trainer.restore(snapshot) }
  }

  @Test func theStateIsKeptOnlyWithinAnEpoch() throws {
    #expect(try trainer(epochs: 1).snapshot().state.isEmpty)
    #expect(try trainer(epochs: 1, minibatches: 1).snapshot().state.count == 4)
  }

  @Test func aFingerprintTellsTextsApart() {
    let text = randomText(100)
    #expect(TextFingerprint(text) == TextFingerprint(text))
    #expect(TextFingerprint(text) != TextFingerprint(text.dropLast()))
    #expect(TextFingerprint(text) != TextFingerprint(text.reversed()))
    // FNV-1a of nothing is its offset basis.
    #expect(TextFingerprint([]).hash == 14_695_981_039_346_656_037)
  }
}
