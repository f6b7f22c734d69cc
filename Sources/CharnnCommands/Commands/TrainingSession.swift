import RecurrentLM

/// One run of `charnn train`: the trainer, its reports, samples and checkpoints.
struct TrainingSession {
  private let command: Train
  private let configuration: Configuration
  private let corpus: [String]
  private let vocabulary: Vocabulary
  private let trainer: Trainer
  private let reporter: any TrainingReporter
  private let saver: CheckpointSaver
  /// What samples start from; nil stands for a gap.
  private let prompts: [[Int32?]]

  /// Claims the output, reads the corpus and makes or loads the model.
  init(_ command: Train, _ console: Console) throws {
    self.command = command
    let out = command.out ?? Train.defaultOut
    // What is no checkpoint is then bad input, not an output that cannot be written.
    if command.resume { _ = try Checkpoint(contentsOf: out) }
    let output = try OutputFile(
      out, keepsPresent: !command.resume && !command.overwrite, isOurs: Checkpoint.isOne)
    let start = try TrainingStart(command, out: out)
    configuration = start.configuration
    corpus = start.corpus
    try output.checkIsNone(of: corpusFiles(corpus))
    let options = configuration.training
    let text = try readCorpora(corpus, options.text, limit: options.maxCharacters, console)
    let ids: Tokens
    if let known = start.checkpoint?.vocabulary {
      (ids, vocabulary) = (try text.numbered(by: known), known)
    } else {
      (ids, vocabulary) = try text.numbered()
    }
    prompts = try TrainingSession.prompts(
      command.prompts, ids: ids, vocabulary, configuration.architecture.objective)

    try Trainer.checkMemory(
      configuration.architecture, vocabularySize: vocabulary.count, options,
      textBytes: ids.byteCount)
    var generator = RandomGenerator(seed: options.seed)
    let model = try start.model(
      vocabularySize: vocabulary.count, resumes: command.resume, using: &generator)
    trainer = try Trainer(
      model, text: ids, options: options, threads: usableThreads(command.threads, console),
      generator: generator)
    if command.resume { try start.resume(trainer) }
    saver = CheckpointSaver(
      trainer, configuration: configuration, vocabulary: vocabulary, corpus: corpus, to: output,
      every: .seconds(60 * command.saveMinutes), console)
    reporter =
      command.json
      ? JSONReporter(console)
      : TextReporter(
        console, epochs: options.epochs, measure: configuration.architecture.objective.measure,
        isQuiet: command.quiet, animates: !command.noColor)
    warn(console)
    try reporter.begin(summary(characters: ids.count))
  }

  private func warn(_ console: Console) {
    if trainer.threads < min(command.threads, availableProcessorCount) {
      let threads = "\(trainer.threads) thread\(trainer.threads == 1 ? "" : "s")"
      console.note("note: the system starts no more than \(threads) here")
    }
    if configuration.architecture.directionsMeet {
      console.note(
        "warning: a bidirectional model sees the character it predicts: its perplexity is no "
          + "measure, and what it generates repeats itself; --objective cloze trains one that "
          + "fills gaps")
    }
  }

  private static func prompts(
    _ given: [String], ids: Tokens, _ vocabulary: Vocabulary, _ objective: Objective
  ) throws -> [[Int32?]] {
    let given = given.map { charactersUnifyingLineEnds($0) }
    switch objective {
    case .next:
      return given.isEmpty ? [Array(ids.prefix(16))] : try given.map { try vocabulary.encode($0) }
    case .cloze:
      // Two neighbours of every eight.
      let gapped = ids.prefix(40).enumerated().map { $0.offset % 8 < 6 ? $0.element : nil }
      return given.isEmpty
        ? [gapped] : try given.map { try encodeGaps($0, vocabulary, .error) }
    }
  }

  private func summary(characters: Int) -> String {
    let architecture = configuration.architecture
    return "\(architecture.summary) on \(corpus.joined(separator: ", ")): "
      + "\(grouped(characters)) characters, \(grouped(vocabulary.count)) in the vocabulary, "
      + "\(grouped(trainer.model.layout.count)) parameters; "
      + "\(InstructionSet.current.name) kernels, "
      + "\(trainer.threads) thread\(trainer.threads == 1 ? "" : "s")"
  }

  /// Trains to the last epoch, or until a signal comes or standard output goes away.
  func run() throws -> ExitCode {
    while trainer.progress.epochsDone < configuration.training.epochs {
      let before = (seconds: trainer.trainingSeconds, characters: trainer.trainedCharacters)
      guard let record = try finishEpoch() else { return try stop() }
      let seconds = trainer.trainingSeconds - before.seconds
      do {
        try reporter.epoch(
          record, seconds: seconds,
          charactersPerSecond: Double(trainer.trainedCharacters - before.characters) / seconds)
        if command.sampleEvery > 0, record.epoch.isMultiple(of: command.sampleEvery) {
          try sample(record.epoch)
        }
      } catch let error as OutputError {
        try saver.finish()
        throw error
      }
      if record.epoch.isMultiple(of: command.saveEvery) { try saver.save() }
      if Interruption.exitCode != nil { return try stop() }
    }
    try saver.finish()
    try reporter.done(
      trainer, checkpoint: saver.path, parameters: trainer.model.layout.count,
      charactersPerSecond: trainer.trainingSeconds > 0
        ? Double(trainer.trainedCharacters) / trainer.trainingSeconds : 0)
    return .done
  }

  /// Trains to the end of the epoch; nil where a signal came before.
  private func finishEpoch() throws -> EpochRecord? {
    while Interruption.exitCode == nil {
      let record = try trainer.finishEpoch { report in
        reporter.progress(report)
        return Interruption.exitCode == nil && !saver.isDue
      }
      if let record { return record }
      if Interruption.exitCode == nil { try saver.save() }
    }
    return nil
  }

  /// Writes the checkpoint because a signal has come.
  private func stop() throws -> ExitCode {
    try saver.finish()
    try? reporter.interrupted(
      trainer.progress.epochsDone, checkpoint: saver.hasSaved ? saver.path : nil)
    return Interruption.exitCode ?? .done
  }

  private func sample(_ epoch: Int) throws {
    for prompt in prompts {
      try reporter.sample(
        epoch, prompt: gappedText(prompt, vocabulary), text: vocabulary.text(of: written(prompt)))
    }
  }

  /// A prompt with what the model writes after it, or into its gaps.
  private func written(_ prompt: [Int32?]) throws -> [Int32] {
    switch configuration.architecture.objective {
    case .next:
      // The most probable characters: nothing is drawn, so training is not disturbed.
      var unused = RandomGenerator(seed: 0)
      let prefix = prompt.compactMap(\.self)
      return try prefix
        + Generator(trainer.model, vocabulary: vocabulary, threads: trainer.threads)
        .generate(after: prefix, length: 50, using: &unused)
    case .cloze:
      return try Filler(trainer.model, vocabulary: vocabulary, threads: trainer.threads)
        .fill(prompt).text
    }
  }
}

extension Architecture {
  /// `LSTM, 2 layers of 256`
  var summary: String {
    var parts = [
      cell.rawValue.uppercased(), "\(layers) layer\(layers == 1 ? "" : "s") of \(hidden)",
    ]
    if residual { parts.append("residual") }
    if bidirectional { parts.append(objective == .cloze ? "cloze" : "bidirectional") }
    if cell == .rnn { parts.append(activation.rawValue) }
    if cell == .gru { parts.append("reset \(gruReset.rawValue)") }
    if embedding > 0 { parts.append("embedding of \(embedding)") }
    return parts.joined(separator: ", ")
  }
}
