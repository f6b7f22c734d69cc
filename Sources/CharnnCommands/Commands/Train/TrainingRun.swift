import RecurrentLM

extension Train {
  func run(_ console: Console) throws -> ExitCode {
    Interruption.watch()
    let setup = try TrainingSetup(self, console)
    let reporter: any TrainingReporter =
      json
      ? JSONReporter(console)
      : TextReporter(
        console, epochs: setup.configuration.training.epochs,
        measure: setup.configuration.architecture.objective.measure, isQuiet: quiet,
        animates: !noColor)
    for warning in setup.warnings(threads: threads) { console.note(warning) }
    try reporter.begin(setup.summary)
    return try TrainingRun(self, setup, reporter, console).run()
  }
}

/// The epochs of a run, with their reports, samples and checkpoints.
private struct TrainingRun {
  private let settings: Train
  private let epochs: Int
  private let trainer: Trainer
  private let samples: TrainingSamples
  private let reporter: any TrainingReporter
  private let saver: CheckpointSaver

  init(
    _ settings: Train, _ setup: TrainingSetup, _ reporter: any TrainingReporter,
    _ console: Console
  ) {
    self.settings = settings
    self.reporter = reporter
    epochs = setup.configuration.training.epochs
    trainer = setup.trainer
    samples = setup.samples
    saver = CheckpointSaver(setup, every: .seconds(60 * settings.saveMinutes), console)
  }

  /// Trains to the last epoch, or until a signal arrives.
  ///
  /// - Throws: `TrainingDiverged`; `OutputFileError`; `OutputError` after writing the checkpoint.
  func run() throws -> ExitCode {
    while trainer.progress.epochsDone < epochs {
      let start = (seconds: trainer.trainingSeconds, characters: trainer.trainedCharacters)
      guard let record = try finishEpoch() else { return try stop() }
      let seconds = trainer.trainingSeconds - start.seconds
      do {
        try reporter.epoch(
          record, seconds: seconds,
          charactersPerSecond: Double(trainer.trainedCharacters - start.characters) / seconds)
        if settings.sampleEvery > 0, record.epoch.isMultiple(of: settings.sampleEvery) {
          try samples.report(epoch: record.epoch, to: reporter)
        }
      } catch let error as OutputError {
        try saver.save()
        throw error
      }
      if record.epoch.isMultiple(of: settings.saveEvery) { try saver.saveOrWarn() }
      if Interruption.exitCode != nil { return try stop() }
    }
    try saver.save()
    try reporter.done(
      trainer, checkpoint: saver.path, parameters: trainer.model.layout.count,
      charactersPerSecond: trainer.trainingSeconds > 0
        ? Double(trainer.trainedCharacters) / trainer.trainingSeconds : 0)
    return .done
  }

  /// Trains to the end of the epoch, saving in between when it is time. Returns nil if a signal
  /// arrives before.
  private func finishEpoch() throws -> EpochRecord? {
    while Interruption.exitCode == nil {
      let record = try trainer.finishEpoch { report in
        reporter.progress(report)
        return Interruption.exitCode == nil && !saver.isDue
      }
      if let record { return record }
      if Interruption.exitCode == nil { try saver.saveOrWarn() }
    }
    return nil
  }

  /// Writes the checkpoint after a signal.
  private func stop() throws -> ExitCode {
    try saver.save()
    try? reporter.interrupted(
      trainer.progress.epochsDone, checkpoint: saver.hasSaved ? saver.path : nil)
    return Interruption.exitCode ?? .done
  }
}
