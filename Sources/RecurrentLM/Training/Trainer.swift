/// The training loop. It reports values and prints nothing.
public final class Trainer {
  public let model: LanguageModel
  public let options: TrainingOptions
  public private(set) var progress: TrainingProgress
  /// Seconds spent in training steps since this object was made, and characters trained in them.
  public private(set) var trainingSeconds = 0.0
  public private(set) var trainedCharacters = 0

  private let text: Tokens
  /// nil where no text is held out.
  private let validation: Validation?
  /// The parameters of the best validation; nil where they are not kept.
  let bestParameters: FloatBuffer?
  private var clock: TrainingClock
  /// Made once: it takes as long as the text is.
  private let fingerprint: TextFingerprint
  private let step: TrainingStep
  private let pool: WorkerPool
  private var batches: Batches

  /// - Parameters:
  ///   - heldOut: the text by which the model is judged; nil: none.
  ///   - generator: the random state after the model's initialisation.
  ///   - start: the `RunningTime` from which on the time limit counts.
  /// - Throws: `TextTooShort`, `HeldOutTextTooShort`, `InsufficientMemory`.
  public init(
    _ model: LanguageModel, text: Tokens, heldOut: Tokens? = nil, options: TrainingOptions,
    threads: Int, generator: RandomGenerator, start: Duration = RunningTime.now
  ) throws {
    clock = TrainingClock(limitMinutes: options.maxMinutes, start: start)
    precondition(
      model.knows(text) && heldOut.map(model.knows) ?? true, "a text of another vocabulary")
    self.model = model
    self.text = text
    fingerprint = TextFingerprint(text)
    self.options = options
    progress = TrainingProgress(generator: generator)
    batches = try Trainer.batches(of: text, options, &progress.generator)
    step = try TrainingStep(model, options)
    pool = WorkerPool(count: threads)
    validation = try heldOut.map { [pool] in try Validation(model, $0, options, on: pool) }
    bestParameters = try Trainer.bestParameters(model, options, isValidated: heldOut != nil)
  }

  /// Checks whether there is enough memory to train a model, before any is allocated.
  ///
  /// - Parameters:
  ///   - isValidated: whether a text is held out.
  ///   - textBytes: the memory of its text, which is allocated already.
  /// - Throws: `InsufficientMemory` with all that would be needed.
  public static func checkMemory(
    _ architecture: Architecture, vocabularySize: Int, _ options: TrainingOptions,
    isValidated: Bool, textBytes: Int
  ) throws(InsufficientMemory) {
    var needed = try memory(
      architecture, vocabularySize: vocabularySize, options, isValidated: isValidated)
    needed[.text] = textBytes
    try InsufficientMemory.check(needed, taken: textBytes)
  }

  /// Bytes that training a model takes at most, the model included.
  static func memory(
    _ architecture: Architecture, vocabularySize: Int, _ options: TrainingOptions,
    isValidated: Bool
  ) throws(InsufficientMemory) -> [MemoryUse: Int] {
    let arena = Arena(measures: true)
    let model = try LanguageModel(architecture, vocabularySize: vocabularySize, arena: arena)
    let step = try TrainingStep(model, options)
    let best = try bestParameters(model, options, isValidated: isValidated)
    let validating =
      isValidated ? try Evaluator.networks(model, streams: options.batch, steps: options.steps) : []
    return withExtendedLifetime((step, best, validating)) { arena.bytes }
  }

  private static func bestParameters(
    _ model: LanguageModel, _ options: TrainingOptions, isValidated: Bool
  ) throws(InsufficientMemory) -> FloatBuffer? {
    guard isValidated, options.keep == .best else { return nil }
    return try FloatBuffer(count: model.layout.size, for: .parameters, in: model.arena)
  }

  /// Threads that train; fewer than asked for if the system starts no more.
  public var threads: Int { pool.count }

  private static func batches(
    of text: Tokens, _ options: TrainingOptions, _ generator: inout RandomGenerator
  ) throws(TextTooShort) -> Batches {
    try Batches(
      characters: text.count, batch: options.batch, steps: options.steps,
      sampling: options.sampling, offset: options.offset, using: &generator)
  }

  /// Of the current epoch; the next one may have one more or less.
  public var minibatchesPerEpoch: Int { batches.count }

  /// Trains to the end of the current epoch.
  ///
  /// - Parameters:
  ///   - afterMinibatch: is told how far it is, and returns whether to go on. It is called again where the
  ///     model is evaluated within the epoch.
  ///   - goesOn: is asked from time to time while the model is evaluated.
  /// - Returns: nil if it was told to stop before the end.
  /// - Throws: `TrainingDiverged`, `InsufficientMemory`, and what `afterMinibatch` throws.
  public func finishEpoch(
    afterMinibatch: (MinibatchReport) throws -> Bool = { _ in true },
    validatingWhile goesOn: @escaping () -> Bool = { true }
  ) throws -> EpochRecord? {
    while true {
      guard !isEndOfEpoch || meanLoss <= 10 * guessLoss else { throw diverged }
      // Before training goes on: a validation that was broken off is made up for.
      if isValidationDue {
        guard try validate(while: goesOn) else { return nil }
        if !isEndOfEpoch, let currentValidation {
          guard try afterMinibatch(report(currentValidation)) else { return nil }
        }
      }
      guard !isEndOfEpoch else { break }
      try trainMinibatch()
      guard try afterMinibatch(report()) || isEndOfEpoch else { return nil }
    }
    let record = EpochRecord(
      epoch: progress.epochsDone + 1, loss: meanLoss, validationLoss: currentValidation?.loss,
      learningRate: progress.lastRate ?? 0,
      gradientNorm: progress.normTotal / Double(batches.count))
    progress.history.append(record)
    beginEpoch()
    return record
  }

  private var isEndOfEpoch: Bool { progress.minibatch == batches.count }

  private func report(_ validation: ValidationRecord? = nil) -> MinibatchReport {
    MinibatchReport(
      epoch: progress.epochsDone + 1, done: progress.minibatch, count: batches.count,
      loss: meanLoss, fractionDone: fractionDone, validation: validation)
  }

  /// Of the model as it is; nil where it has not been evaluated.
  private var currentValidation: ValidationRecord? {
    progress.lastValidation.flatMap { $0.updates == progress.updates ? $0 : nil }
  }

  /// Whether the model as it is is to be evaluated, and has not been.
  private var isValidationDue: Bool {
    guard let validation, progress.minibatch > 0, currentValidation == nil else { return false }
    let isEndOfTraining = isEndOfEpoch && progress.epochsDone + 1 >= options.epochs
    return isEndOfTraining
      || validation.isDue(
        afterUpdates: progress.updates, minibatch: progress.minibatch, of: batches.count)
  }

  /// Evaluates the model as it is on the held-out text, if there is one. A loss that is no finite number
  /// does not count.
  ///
  /// - Parameter goesOn: is asked from time to time.
  /// - Returns: false if it was told to stop before the end.
  /// - Throws: `InsufficientMemory`.
  private func validate(while goesOn: @escaping () -> Bool) throws -> Bool {
    guard let validation else { return true }
    guard let loss = try validation.loss(while: goesOn) else { return false }
    // Whole streams may overflow where minibatches do not: such a model is not the best one.
    guard loss.isFinite else { return true }
    let record = ValidationRecord(updates: progress.updates, epoch: epochsDone, loss: loss)
    progress.lastValidation = record
    if record.loss < progress.bestValidation?.loss ?? .infinity {
      progress.bestValidation = record
      bestParameters?.copy(from: model.parameters)
    }
    return true
  }

  /// Evaluates the model as it is, unless that has been done.
  ///
  /// - Parameter goesOn: is asked from time to time.
  /// - Throws: `InsufficientMemory`.
  public func finishValidation(while goesOn: @escaping () -> Bool = { true }) throws {
    if currentValidation == nil { _ = try validate(while: goesOn) }
  }

  /// Whether the last validation was the best one.
  public var isBestSoFar: Bool {
    progress.bestValidation != nil && progress.bestValidation == progress.lastValidation
  }

  /// Of the model that is kept; nil where it has not been evaluated.
  public var keptValidation: ValidationRecord? {
    options.keep == .best ? progress.bestValidation : progress.lastValidation
  }

  /// Whether the model that is kept has been the best one for so many epochs that training ends.
  ///
  /// That is decided between two epochs only, so that a resumed run ends where an uninterrupted one does.
  public var isOutOfPatience: Bool {
    guard progress.minibatch == 0, let patience = options.patience,
      let best = progress.bestValidation
    else { return false }
    return epochsDone - best.epoch >= Double(patience)
  }

  /// With the fraction of the current epoch.
  private var epochsDone: Double {
    Double(progress.epochsDone) + Double(progress.minibatch) / Double(batches.count)
  }

  // MARK: Time

  /// Of the whole training: by epochs, or by the time limit where that ends it first.
  private var fractionDone: Double {
    max(epochsDone / Double(options.epochs), clock.fraction(leaving: secondsToFinish))
  }

  /// What the last validation will take: a third of the time that training takes on as many characters.
  /// And something to write the checkpoint.
  private var secondsToFinish: Double {
    let characters = Double(validation?.text.count ?? 0)
    let each = trainedCharacters > 0 ? trainingSeconds / Double(trainedCharacters) : 0
    return 0.2 + characters * each / 3
  }

  /// Whether the time limit is reached; not before the first minibatch.
  public var isTimeUp: Bool {
    progress.updates > 0 && clock.fraction(leaving: secondsToFinish) >= 1
  }

  /// Mean over the last epoch that is whole, or over what there is of the first one, in nats per character;
  /// nil before the first minibatch.
  public var loss: Double? {
    progress.history.last?.loss ?? (progress.minibatch > 0 ? meanLoss : nil)
  }

  private var meanLoss: Double {
    progress.lossTotal / Double(progress.minibatch * options.batch * options.steps)
  }

  private func beginEpoch() {
    progress.epochStart = progress.generator
    progress.minibatch = 0
    progress.lossTotal = 0
    progress.normTotal = 0
    progress.lastRate = nil
    do {
      batches = try Trainer.batches(of: text, options, &progress.generator)
    } catch {
      preconditionFailure("a text that was long enough became too short")
    }
  }

  private func trainMinibatch() throws(TrainingDiverged) {
    let start = RunningTime.now
    load(progress.minibatch)
    if options.sampling == .random || progress.minibatch == 0 {
      step.network.resetState()
    } else {
      step.network.carryState()
    }
    let number = progress.updates + 1
    let rate = options.learningRate(ofUpdate: number, at: fractionDone)
    let (loss, norm) = step.run(rate: rate, number: number, on: pool)
    guard norm.isFinite, loss / Double(options.batch * options.steps) <= 100 * guessLoss else {
      throw diverged
    }
    progress.minibatch += 1
    progress.updates += 1
    progress.lossTotal += loss
    progress.normTotal += norm
    progress.lastRate = rate
    trainingSeconds += (RunningTime.now - start) / .seconds(1)
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
    var progress = progress
    progress.seconds = options.maxMinutes.map { _ in clock.seconds }
    return TrainingSnapshot(
      progress: progress, state: progress.minibatch == 0 ? [] : step.network.finalState(),
      text: fingerprint, heldOut: validation?.fingerprint, options: options)
  }

  /// What the optimiser keeps for each parameter, in the places of the parameters.
  var moments: [FloatBuffer] { step.optimizer.moments }

  /// Whether all that a checkpoint keeps are finite numbers.
  var isFinite: Bool { step.isFinite }

  /// Continues from `snapshot`; the caller has set parameters, moments and, where the model that is kept
  /// is an older one, `bestParameters`.
  ///
  /// - Throws: `SnapshotMismatch` where text, optimiser or sizes are not those of the snapshot.
  public func restore(_ snapshot: TrainingSnapshot) throws(SnapshotMismatch) {
    guard snapshot.text == fingerprint else { throw .text }
    guard snapshot.heldOut == validation?.fingerprint else { throw .heldOut }
    guard snapshot.options.optimizer == options.optimizer else { throw .optimizer }
    guard snapshot.options.cutsMinibatches(like: options) else { throw .position }
    var generator = snapshot.progress.epochStart
    guard let batches = try? Trainer.batches(of: text, options, &generator),
      generator == snapshot.progress.generator,
      0...batches.count ~= snapshot.progress.minibatch,
      0...TrainingProgress.mostUpdates ~= snapshot.progress.updates,
      snapshot.progress.hasSoundValidations
    else { throw .position }
    if snapshot.progress.minibatch > 0 {
      guard step.network.setFinalState(snapshot.state) else { throw .state }
    }
    progress = snapshot.progress
    clock.earlierSeconds = progress.seconds ?? 0
    if let bestParameters, !progress.keepsOlderModel(options.keep) {
      bestParameters.copy(from: model.parameters)
    }
    self.batches = batches
  }
}
