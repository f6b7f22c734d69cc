/// The training loop. It reports values and prints nothing.
public final class Trainer {
  public let model: LanguageModel
  public let options: TrainingOptions
  public private(set) var progress: TrainingProgress
  /// Seconds spent in training steps since this object was made, and characters trained in them.
  public private(set) var trainingSeconds = 0.0
  public private(set) var trainedCharacters = 0

  private let text: Tokens
  /// Made once: it takes as long as the text is.
  private let fingerprint: TextFingerprint
  private let step: TrainingStep
  private let pool: WorkerPool
  private var batches: Batches

  /// - Parameter generator: the random state after the model's initialisation.
  /// - Throws: `TextTooShort`, `InsufficientMemory`.
  public init(
    _ model: LanguageModel, text: Tokens, options: TrainingOptions, threads: Int,
    generator: RandomGenerator
  ) throws {
    precondition(model.knows(text), "a text of another vocabulary")
    self.model = model
    self.text = text
    fingerprint = TextFingerprint(text)
    self.options = options
    progress = TrainingProgress(generator: generator)
    batches = try Trainer.batches(of: text, options, &progress.generator)
    step = try TrainingStep(model, options)
    pool = WorkerPool(count: threads)
  }

  /// Checks whether there is enough memory to train a model, before any is allocated.
  ///
  /// - Parameter textBytes: the memory of its text, which is allocated already.
  /// - Throws: `InsufficientMemory` with all that would be needed.
  public static func checkMemory(
    _ architecture: Architecture, vocabularySize: Int, _ options: TrainingOptions, textBytes: Int
  ) throws(InsufficientMemory) {
    var needed = try TrainingStep.memory(architecture, vocabularySize: vocabularySize, options)
    needed[.text] = textBytes
    try InsufficientMemory.check(needed, taken: textBytes)
  }

  /// Threads that train; fewer than asked for if the system starts no more.
  public var threads: Int { pool.count }

  private static func batches(
    of text: Tokens, _ options: TrainingOptions, _ generator: inout RandomGenerator
  ) throws(TextTooShort) -> Batches {
    try Batches(
      characters: text.count, batch: options.batch, steps: options.steps,
      sampling: options.sampling, using: &generator)
  }

  /// Of the current epoch; the next one may have one more or less.
  public var minibatchesPerEpoch: Int { batches.count }

  /// Trains to the end of the current epoch.
  ///
  /// - Parameter afterMinibatch: is told how far it is, and returns whether to go on.
  /// - Returns: nil if it was told to stop before the end.
  /// - Throws: `TrainingDiverged`.
  public func finishEpoch(
    afterMinibatch: (MinibatchReport) -> Bool = { _ in true }
  ) throws(TrainingDiverged) -> EpochRecord? {
    while progress.minibatch < batches.count {
      try trainMinibatch()
      let report = MinibatchReport(
        epoch: progress.epochsDone + 1, done: progress.minibatch, count: batches.count,
        loss: meanLoss)
      guard afterMinibatch(report) || progress.minibatch == batches.count else { return nil }
    }
    guard meanLoss <= 10 * guessLoss else { throw diverged }
    let record = EpochRecord(
      epoch: progress.epochsDone + 1, loss: meanLoss, learningRate: options.effectiveLearningRate,
      gradientNorm: progress.normTotal / Double(batches.count))
    progress.history.append(record)
    beginEpoch()
    return record
  }

  private var meanLoss: Double {
    progress.lossTotal / Double(progress.minibatch * options.batch * options.steps)
  }

  private func beginEpoch() {
    progress.epochStart = progress.generator
    progress.minibatch = 0
    progress.lossTotal = 0
    progress.normTotal = 0
    do {
      batches = try Trainer.batches(of: text, options, &progress.generator)
    } catch {
      preconditionFailure("a text that was long enough became too short")
    }
  }

  private func trainMinibatch() throws(TrainingDiverged) {
    let start = ContinuousClock.now
    load(progress.minibatch)
    if options.sampling == .random || progress.minibatch == 0 {
      step.network.resetState()
    } else {
      step.network.carryState()
    }
    let (loss, norm) = step.run(
      rate: options.effectiveLearningRate, number: progress.updates + 1, on: pool)
    guard norm.isFinite, loss / Double(options.batch * options.steps) <= 100 * guessLoss else {
      throw diverged
    }
    progress.minibatch += 1
    progress.updates += 1
    progress.lossTotal += loss
    progress.normTotal += norm
    trainingSeconds += (ContinuousClock.now - start) / .seconds(1)
    trainedCharacters += options.batch * options.steps
  }

  /// The loss of a uniform guess among at least ten characters, in nats per character.
  private var guessLoss: Double { log(Double(max(model.vocabularySize, 10))) }

  /// The error for parameters that have become useless.
  var diverged: TrainingDiverged {
    TrainingDiverged(
      epoch: progress.epochsDone + 1, learningRate: options.effectiveLearningRate)
  }

  private func load(_ minibatch: Int) {
    var inputs = [Int32](repeating: 0, count: options.batch * options.steps)
    var targets = inputs
    batches.fill(
      minibatch, of: text, inputs: &inputs, targets: &targets,
      targetOffset: model.architecture.objective.targetOffset)
    step.network.tokens.store(inputs)
    step.network.targets.store(targets)
  }

  // MARK: Saving

  /// What a checkpoint needs, besides parameters and moments, to go on exactly here.
  public func snapshot() -> TrainingSnapshot {
    TrainingSnapshot(
      progress: progress, state: progress.minibatch == 0 ? [] : step.network.finalState(),
      text: fingerprint, options: options)
  }

  /// What the optimiser keeps for each parameter, in the places of the parameters.
  var moments: [FloatBuffer] { step.optimizer.moments }

  /// Whether all that a checkpoint keeps are finite numbers.
  var isFinite: Bool { step.isFinite }

  /// Continues from `snapshot`; the caller sets parameters and moments.
  ///
  /// - Throws: `SnapshotMismatch` where text, optimiser or sizes are not those of the snapshot.
  public func restore(_ snapshot: TrainingSnapshot) throws(SnapshotMismatch) {
    guard snapshot.text == fingerprint else { throw .text }
    guard snapshot.options.optimizer == options.optimizer else { throw .optimizer }
    guard snapshot.options.cutsMinibatches(like: options) else { throw .position }
    var generator = snapshot.progress.epochStart
    guard let batches = try? Trainer.batches(of: text, options, &generator),
      generator == snapshot.progress.generator,
      0..<batches.count ~= snapshot.progress.minibatch || snapshot.progress.minibatch == 0,
      0...TrainingProgress.mostUpdates ~= snapshot.progress.updates
    else { throw .position }
    if snapshot.progress.minibatch > 0 {
      guard step.network.setFinalState(snapshot.state) else { throw .state }
    }
    progress = snapshot.progress
    self.batches = batches
  }
}
