#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What an epoch came to.
public struct EpochRecord: Codable, Equatable, Sendable {
  /// From 1.
  public var epoch: Int
  /// Mean over the epoch's characters, in nats per character.
  public var loss: Double
  public var learningRate: Double
  /// Mean over the epoch's minibatches, before clipping.
  public var gradientNorm: Double

  enum CodingKeys: String, CodingKey {
    case epoch, loss
    case learningRate = "learning_rate"
    case gradientNorm = "gradient_norm"
  }

  /// exp(loss)
  public var perplexity: Double { RecurrentLM.perplexity(ofLoss: loss) }
}

/// exp(loss): the number of equally likely characters that would be as hard to guess.
public func perplexity(ofLoss loss: Double) -> Double { exp(loss) }

/// Where training stands: all that it carries besides parameters, moments and hidden state.
public struct TrainingProgress: Codable, Equatable, Sendable {
  /// The random state with which the current epoch began; its minibatches follow from it.
  var epochStart: RandomGenerator
  var generator: RandomGenerator
  /// Minibatches done in the current epoch.
  var minibatch = 0
  /// Updates done since the start.
  public internal(set) var updates = 0
  /// Sums over the current epoch, in nats and of norms.
  var lossTotal = 0.0
  var normTotal = 0.0
  public var history: [EpochRecord] = []

  /// More than any run will do, and far from what cannot be counted.
  static let mostUpdates = 1 << 53

  init(generator: RandomGenerator) {
    epochStart = generator
    self.generator = generator
  }

  public var epochsDone: Int { history.count }
}

/// A loss, a gradient or a parameter that is no finite number; or a loss far above that of a uniform
/// guess: a hundred times in one minibatch, or ten times in the mean of an epoch.
public struct TrainingDiverged: Error, Equatable {
  /// From 1.
  public let epoch: Int
  public let learningRate: Double
}

/// What is known after each minibatch.
public struct MinibatchReport: Sendable {
  /// From 1.
  public let epoch: Int
  /// Minibatches done in this epoch, and all of it.
  public let done: Int
  public let count: Int
  /// Mean over the epoch so far, in nats per character.
  public let loss: Double
}

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
  private let passes: TrainingPasses
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
    passes = try TrainingPasses(model, options)
    pool = WorkerPool(count: threads)
  }

  /// Finds out before anything is taken whether there is memory for training a model.
  ///
  /// - Parameter textBytes: what its text takes already.
  /// - Throws: `InsufficientMemory` with all that would be needed.
  public static func checkMemory(
    _ architecture: Architecture, vocabularySize: Int, _ options: TrainingOptions, textBytes: Int
  ) throws(InsufficientMemory) {
    var needed = try memory(architecture, vocabularySize: vocabularySize, options)
    needed[.text] = textBytes
    try InsufficientMemory.check(needed, taken: textBytes)
  }

  /// Bytes that a trainer takes, its model's included.
  static func memory(
    _ architecture: Architecture, vocabularySize: Int, _ options: TrainingOptions
  ) throws(InsufficientMemory) -> [MemoryUse: Int] {
    let arena = Arena(measures: true)
    let model = try LanguageModel(architecture, vocabularySize: vocabularySize, arena: arena)
    let passes = try TrainingPasses(model, options)
    return withExtendedLifetime(passes) { arena.bytes }
  }

  /// Threads that train: fewer than were asked for where the system starts no more.
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

  /// Trains to the end of the epoch in which training stands.
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
      passes.forward.resetState()
    } else {
      passes.forward.carryState()
    }
    let (loss, norm) = step()
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

  /// That of a uniform guess among at least ten characters, in nats per character.
  private var guessLoss: Double { log(Double(max(model.vocabularySize, 10))) }

  /// What to throw where parameters are no use any more.
  var diverged: TrainingDiverged {
    TrainingDiverged(
      epoch: progress.epochsDone + 1, learningRate: options.effectiveLearningRate)
  }

  private func load(_ minibatch: Int) {
    var inputs = [Int32](repeating: 0, count: options.batch * options.steps)
    var targets = inputs
    batches.fill(minibatch, of: text, inputs: &inputs, targets: &targets)
    passes.forward.inputs.store(inputs)
    switch model.architecture.objective {
    case .next: passes.forward.targets.store(targets)
    case .cloze: passes.forward.targets.store(inputs)
    }
  }

  /// Forward, backward, update; the last two only where the loss is a finite number.
  ///
  /// - Returns: the sum of the losses, in nats, and the norm of the gradient before clipping.
  private func step() -> (loss: Double, norm: Double) {
    let (forward, backward, optimizer) = (passes.forward, passes.backward, passes.optimizer)
    let rate = options.effectiveLearningRate
    let number = progress.updates + 1
    let norm = Shared(0.0)
    pool.run { worker in
      forward.run(worker) { backward.transposeWeights(ofLayer: $0, worker) }
      forward.crossEntropy(worker)
      guard forward.totalLoss().isFinite else { return }
      backward.run(worker)
      let whole = optimizer.update(rate: rate, number: number, worker)
      if worker.index == 0 { norm.value = whole }
    }
    return (forward.totalLoss(), norm.value)
  }

  // MARK: Saving

  /// What a checkpoint needs, besides parameters and moments, to go on exactly here.
  public func snapshot() -> TrainingSnapshot {
    TrainingSnapshot(
      progress: progress, state: progress.minibatch == 0 ? [] : passes.forward.finalState(),
      text: fingerprint, options: options)
  }

  /// What the optimiser keeps for each parameter, in the places of the parameters.
  var moments: [FloatBuffer] { passes.optimizer.moments }

  /// Whether all that a checkpoint keeps are finite numbers.
  var isFinite: Bool {
    ([model.parameters] + moments).allSatisfy(\.isFinite)
      && passes.forward.stateMatrices { $0.finalState($1) }.allSatisfy(\.isFinite)
  }

  /// Goes on where `snapshot` was taken; parameters and moments are the caller's to set.
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
      guard passes.forward.setFinalState(snapshot.state) else { throw .state }
    }
    progress = snapshot.progress
    self.batches = batches
  }
}

/// What computes one update.
private struct TrainingPasses {
  let forward: ForwardPass
  let backward: BackwardPass
  let optimizer: Optimizer

  init(_ model: LanguageModel, _ options: TrainingOptions) throws(InsufficientMemory) {
    forward = try ForwardPass(model, batch: options.batch, steps: options.steps)
    backward = try BackwardPass(forward)
    optimizer = try Optimizer(
      options, parameters: model.parameters, gradients: backward.gradients, arena: model.arena)
  }
}

/// A value that one worker sets and the caller reads when all have finished.
private final class Shared<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
