import RecurrentLM

/// Writes the checkpoint of a run, again and again.
final class CheckpointSaver {
  private static let shortestInterval = Duration.seconds(20)
  private let setup: TrainingSetup
  private let interval: Duration
  private let reporter: any TrainingReporter
  private let console: Console
  private var lastAttempt = ContinuousClock.now
  /// What is in the file or, before the first write, what was at the start of the run.
  private var savedProgress: TrainingProgress
  /// Why the last attempt failed; nil if it succeeded.
  private var lastFailure: String?
  /// Whether this run has written the file.
  private(set) var hasSaved = false

  /// - Parameter interval: the longest time within an epoch between two attempts.
  init(
    _ setup: TrainingSetup, every interval: Duration, _ reporter: any TrainingReporter,
    _ console: Console
  ) {
    self.setup = setup
    self.reporter = reporter
    self.interval = interval
    self.console = console
    savedProgress = setup.trainer.progress
  }

  var path: String { setup.output.path }

  /// Whether it is time to save within an epoch.
  var isDue: Bool { ContinuousClock.now - lastAttempt >= interval }

  /// Saves the best model so far, but not so often that it would take much of the time.
  func saveBest() throws {
    if ContinuousClock.now - lastAttempt >= CheckpointSaver.shortestInterval { try saveOrWarn() }
  }

  /// Saves the state of training. If the file cannot be written now, warns once, and training goes on
  /// until the next attempt.
  ///
  /// - Throws: `TrainingDiverged`, after which there is nothing worth saving.
  func saveOrWarn() throws {
    do {
      guard try save() else { return }
    } catch let error as OutputFileError {
      let failure = Failure(error).message
      guard failure != lastFailure else { return }
      lastFailure = failure
      return try console.warn("\(failure); training goes on, and will try again")
    }
    try report()
  }

  /// Tells that the file has been written.
  func report() throws { try reporter.checkpoint(path, epoch: savedProgress.epochsDone) }

  /// Saves the state of training unless the file has it already.
  ///
  /// - Returns: whether it was written now.
  /// - Throws: `TrainingDiverged`, `OutputFileError`.
  @discardableResult
  func save() throws -> Bool {
    lastAttempt = .now
    let progress = setup.trainer.progress
    guard progress != savedProgress else { return false }
    let kept = try Checkpoint.write(
      setup.trainer, configuration: setup.configuration, vocabulary: setup.vocabulary,
      corpus: setup.corpus, to: setup.output)
    savedProgress = progress
    hasSaved = true
    if let kept { console.hint("the checkpoint that stood there is now \(kept)") }
    if lastFailure != nil { console.hint("\(path) is written again") }
    lastFailure = nil
    return true
  }
}
