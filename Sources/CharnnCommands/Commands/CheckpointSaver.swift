import RecurrentLM

/// Writes the checkpoint of a run again and again.
final class CheckpointSaver {
  private let output: OutputFile
  private let console: Console
  private let interval: Duration
  private let trainer: Trainer
  private let write: (OutputFile) throws -> String?
  private var lastTry = ContinuousClock.now
  /// Updates in what the file holds, or at the start of the run.
  private var savedUpdates: Int
  /// Why the last try failed; nil if it did not.
  private var lastFailure: String?
  /// Whether this run has written the file.
  private(set) var hasSaved = false

  /// - Parameter interval: how long a training may go on without being saved.
  init(
    _ trainer: Trainer, configuration: Configuration, vocabulary: Vocabulary, corpus: [String],
    to output: OutputFile, every interval: Duration, _ console: Console
  ) {
    self.trainer = trainer
    self.output = output
    self.interval = interval
    self.console = console
    savedUpdates = trainer.progress.updates
    write = { output in
      try Checkpoint.write(
        trainer, configuration: configuration, vocabulary: vocabulary, corpus: corpus, to: output)
    }
  }

  var path: String { output.path }

  /// Whether it is time to save within an epoch.
  var isDue: Bool { ContinuousClock.now - lastTry >= interval }

  /// Saves what there is. Where that cannot be done now, training goes on, and it is tried again later.
  ///
  /// - Throws: `TrainingDiverged`, after which there is nothing worth saving.
  func save() throws {
    do {
      try finish()
    } catch let error as OutputFileError {
      let failure = Failure(error).message
      guard failure != lastFailure else { return }
      lastFailure = failure
      console.animate("")
      console.note("warning: \(failure); training goes on, and will try again")
    }
  }

  /// Saves what there is, if it is more than the file holds.
  ///
  /// - Throws: `TrainingDiverged`, `OutputFileError`.
  func finish() throws {
    lastTry = .now
    guard trainer.progress.updates > savedUpdates else { return }
    let kept = try write(output)
    savedUpdates = trainer.progress.updates
    hasSaved = true
    if let kept {
      console.animate("")
      console.note("note: the checkpoint that stood there is now \(kept)")
    }
    if lastFailure != nil { console.note("note: \(path) is written again") }
    lastFailure = nil
  }
}
