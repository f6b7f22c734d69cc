import RecurrentLM

extension Train {
  func run(_ console: Console) throws -> ExitCode {
    Interruption.watch()
    RunningTime.watch()
    let log = try log.map { path throws(OutputFileError) in
      try LogFile(path, isContinued: resume, keepsPresent: !overwrite, console)
    }
    let picture = try plot.map { path throws(OutputFileError) in try ReportFile(path) }
    let setup = try TrainingSetup(self, console)
    let shown: any TrainingReporter =
      json
      ? JSONReporter { try console.line($0) }
      : TextReporter(
        console, epochs: setup.configuration.training.epochLimit,
        measure: setup.configuration.architecture.objective.measure,
        sampleTemperature: setup.configuration.architecture.objective == .cloze
          ? nil : sampleTemperature, history: setup.trainer.progress, isQuiet: quiet)
    let drawn = picture.map { PlotReporter(file: $0, trainer: setup.trainer) }
    let reporter = TrainingReporters(
      shown, files: [log?.reporter, drawn].compactMap(\.self), console)
    if setup.trainer.threads < min(threads, availableProcessorCount) {
      console.hint(
        "the system starts no more than \(counted(setup.trainer.threads, "thread")) here")
    }
    if setup.configuration.training.precision == .bfloat16,
      !InstructionSet.current.multipliesPairs(setup.configuration.training.effectivePairOrder)
    {
      console.hint(
        "the \(InstructionSet.current.name) kernels compute products of bfloat16 in this training's order by way of "
          + "Float, which is no faster")
    }
    let useless = uselessOptions(setup.configuration, isValidated: setup.heldOutCount > 0)
    for warning in setup.warnings + useless { try console.warn(warning) }
    try reporter.begin(setup.summary, setup.beginEvent(isResumed: resume))
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
  private let console: Console

  init(
    _ settings: Train, _ setup: TrainingSetup, _ reporter: any TrainingReporter,
    _ console: Console
  ) {
    self.settings = settings
    self.reporter = reporter
    self.console = console
    epochs = setup.configuration.training.epochs
    trainer = setup.trainer
    samples = setup.samples
    saver = CheckpointSaver(setup, every: .seconds(60 * settings.saveMinutes), reporter, console)
  }

  /// Trains to the last epoch, until the time is up or patience is at an end, or until a signal arrives.
  ///
  /// - Throws: `TrainingDiverged`; `OutputFileError`; `OutputError` after writing the checkpoint.
  func run() throws -> ExitCode {
    do {
      return try trainEpochs()
    } catch let error as TrainingDiverged {
      throw error
    } catch {
      try saver.save()
      throw error
    }
  }

  private func trainEpochs() throws -> ExitCode {
    while trainer.progress.epochsDone < epochs, !trainer.isTimeUp, !trainer.isOutOfPatience {
      let start = (seconds: trainer.trainingSeconds, characters: trainer.trainedCharacters)
      guard let record = try finishEpoch() else {
        if Interruption.exitCode != nil { return try stop() }
        break
      }
      let seconds = trainer.trainingSeconds - start.seconds
      let characters = trainer.trainedCharacters - start.characters
      try reporter.epoch(
        record, seconds: seconds, charactersPerSecond: speed(characters, in: seconds))
      if settings.sampleEvery > 0, record.epoch.isMultiple(of: settings.sampleEvery) {
        try samples.report(epoch: record.epoch, to: reporter)
      }
      try saveAfterEpoch(record)
      if Interruption.exitCode != nil { return try stop() }
    }
    return try finish()
  }

  private func saveAfterEpoch(_ record: EpochRecord) throws {
    if record.epoch.isMultiple(of: settings.saveEvery) {
      try saver.saveOrWarn()
    } else if trainer.isBestSoFar {
      try saver.saveBest()
    }
  }

  /// Trains to the end of the epoch, saving in between when it is time. Returns nil if the time is up or a
  /// signal arrives before.
  private func finishEpoch() throws -> EpochRecord? {
    while Interruption.exitCode == nil, !trainer.isTimeUp {
      let record = try trainer.finishEpoch { report in
        try reporter.progress(report)
        return Interruption.exitCode == nil && !saver.isDue && !samples.areDue
          && !trainer.isTimeUp
      } validatingWhile: {
        Interruption.exitCode == nil
      }
      if let record { return record }
      guard Interruption.exitCode == nil, !trainer.isTimeUp else { return nil }
      if samples.areDue { try samples.report(epoch: trainer.progress.epochsDone + 1, to: reporter) }
      if saver.isDue { try saver.saveOrWarn() }
    }
    return nil
  }

  /// Judges the last model, writes the checkpoint and says what the user should know.
  private func finish() throws -> ExitCode {
    try trainer.finishValidation { Interruption.exitCode == nil }
    if Interruption.exitCode != nil { return try stop() }
    if try saver.save() { try saver.report() }
    try reporter.done(
      trainer, checkpoint: saver.path, parameters: trainer.model.layout.count,
      charactersPerSecond: speed(trainer.trainedCharacters, in: trainer.trainingSeconds))
    if !settings.quiet {
      for note in trainingNotes(trainer.progress, trainer.options) { console.hint(note) }
    }
    if console.abilities.outputIsTerminal, !settings.quiet, !settings.json {
      try console.line(
        nextCommand(
          prompt: samples.example, checkpoint: saver.path, trainer.model.architecture.objective))
    }
    return .done
  }

  /// Writes the checkpoint after a signal.
  private func stop() throws -> ExitCode {
    // Who reads the output may have ended by the same signal.
    if try saver.save() { try? saver.report() }
    try? reporter.interrupted(
      trainer.progress.epochsDone, checkpoint: saver.hasSaved ? saver.path : nil)
    return Interruption.exitCode ?? .done
  }
}

/// Characters per second; 0 where no time has passed.
private func speed(_ characters: Int, in seconds: Double) -> Double {
  seconds > 0 ? Double(characters) / seconds : 0
}
