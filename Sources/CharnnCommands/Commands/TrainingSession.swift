import RecurrentLM

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One run of `charnn train`: the trainer, its reports, samples and checkpoints.
struct TrainingSession {
  private let command: Train
  private let configuration: Configuration
  private let corpus: [String]
  private let vocabulary: Vocabulary
  private let trainer: Trainer
  private let reporter: any TrainingReporter
  private let out: String
  /// What samples start from; nil stands for a gap.
  private let prompts: [[Int32?]]

  /// Reads the corpus and makes or loads the model.
  init(_ command: Train, _ console: Console) throws {
    self.command = command
    out = command.out ?? Train.defaultOut
    try checkCanCreate(out)
    let start = try Start(command, out: out)
    configuration = start.configuration
    corpus = start.corpus
    let options = configuration.training
    let text = try readCorpora(corpus).prepared(options.text, limit: options.maxCharacters)
    vocabulary = start.checkpoint?.vocabulary ?? Vocabulary(of: text, mode: options.text)
    let ids = try vocabulary.encode(text)
    prompts = try TrainingSession.prompts(
      command.prompts, ids: ids, vocabulary, configuration.architecture.objective)

    var generator = RandomGenerator(seed: options.seed)
    let model: LanguageModel
    if let checkpoint = start.checkpoint {
      model = checkpoint.model
    } else {
      model = try LanguageModel(configuration.architecture, vocabularySize: vocabulary.count)
      model.initialize(
        options.initialization, scale: options.initializationScale,
        forgetBias: options.forgetBias, using: &generator)
    }
    trainer = try Trainer(
      model, text: ids, options: options, threads: command.threads, generator: generator)
    if command.resume { try start.resume(trainer, path: out) }
    reporter =
      command.json
      ? JSONReporter(console)
      : TextReporter(
        console, epochs: options.epochs, measure: configuration.architecture.objective.measure,
        isQuiet: command.quiet, animates: !command.noColor)
    if configuration.architecture.directionsMeet {
      console.note(
        "warning: a bidirectional model sees the character it predicts: its perplexity is no "
          + "measure, and what it generates repeats itself; --objective cloze trains one that "
          + "fills gaps")
    }
    try reporter.begin(summary(characters: ids.count))
  }

  private static func prompts(
    _ given: [String], ids: [Int32], _ vocabulary: Vocabulary, _ objective: Objective
  ) throws -> [[Int32?]] {
    switch objective {
    case .next:
      return given.isEmpty
        ? [Array(ids.prefix(16))] : try given.map { try vocabulary.encode($0.unicodeScalars) }
    case .cloze:
      // Two neighbours of every eight.
      let gapped = ids.prefix(40).enumerated().map { $0.offset % 8 < 6 ? $0.element : nil }
      return given.isEmpty
        ? [gapped]
        : try given.map { try encodeGaps(Array($0.unicodeScalars), vocabulary, .error) }
    }
  }

  private func summary(characters: Int) -> String {
    let architecture = configuration.architecture
    return "\(architecture.summary) on \(corpus.joined(separator: ", ")): "
      + "\(grouped(characters)) characters, \(grouped(vocabulary.count)) in the vocabulary, "
      + "\(grouped(trainer.model.layout.count)) parameters; "
      + "\(InstructionSet.current.name) kernels, "
      + "\(command.threads) thread\(command.threads == 1 ? "" : "s")"
  }

  /// Trains to the last epoch, or until a signal comes or standard output goes away.
  func run() throws -> ExitCode {
    var savedEpochs = trainer.progress.epochsDone
    while trainer.progress.epochsDone < configuration.training.epochs {
      let before = (seconds: trainer.trainingSeconds, characters: trainer.trainedCharacters)
      let record = try trainer.finishEpoch { report in
        reporter.progress(report)
        return Interruption.exitCode == nil
      }
      guard let record else { return try stop() }
      let seconds = trainer.trainingSeconds - before.seconds
      do {
        try reporter.epoch(
          record, seconds: seconds,
          charactersPerSecond: Double(trainer.trainedCharacters - before.characters) / seconds)
        if command.sampleEvery > 0, record.epoch.isMultiple(of: command.sampleEvery) {
          try sample(record.epoch)
        }
      } catch let error as OutputError {
        try save()
        throw error
      }
      if record.epoch.isMultiple(of: command.saveEvery) {
        try save()
        savedEpochs = record.epoch
      }
      if Interruption.exitCode != nil { return try stop() }
    }
    if savedEpochs < trainer.progress.epochsDone { try save() }
    try reporter.done(
      trainer, checkpoint: out, parameters: trainer.model.layout.count,
      charactersPerSecond: trainer.trainingSeconds > 0
        ? Double(trainer.trainedCharacters) / trainer.trainingSeconds : 0)
    return .done
  }

  /// Writes the checkpoint because a signal has come.
  private func stop() throws -> ExitCode {
    try save()
    try? reporter.interrupted(trainer.progress.epochsDone, checkpoint: out)
    return Interruption.exitCode ?? .done
  }

  private func save() throws {
    try Checkpoint(
      configuration: configuration, vocabulary: vocabulary, model: trainer.model, corpus: corpus,
      training: trainer.snapshot()
    ).write(to: out)
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
        + Generator(trainer.model, vocabulary: vocabulary, threads: command.threads)
        .generate(after: prefix, length: 50, using: &unused)
    case .cloze:
      return try Filler(trainer.model, vocabulary: vocabulary, threads: command.threads)
        .fill(prompt).text
    }
  }
}

/// From what training starts: nothing, the checkpoint to go on from, or another's weights.
private struct Start {
  let configuration: Configuration
  let corpus: [String]
  let checkpoint: Checkpoint?

  init(_ command: Train, out: String) throws {
    if command.resume {
      let checkpoint = try Checkpoint(contentsOf: out)
      configuration = try command.merged(
        with: checkpoint.configuration, why: "--resume goes on with \(out)"
      ) { before, after in
        var before = before
        before.training.epochs = after.training.epochs
        // The default written out is no change.
        if before.training.effectiveLearningRate == after.training.effectiveLearningRate {
          before.training.learningRate = after.training.learningRate
        }
        return before == after
      }
      corpus = command.corpus.isEmpty ? checkpoint.corpus : command.corpus
      self.checkpoint = checkpoint
    } else if let from = command.from {
      let checkpoint = try Checkpoint(contentsOf: from, withTraining: false)
      _ = try command.merged(
        with: checkpoint.configuration, why: "--from takes the model of \(from)"
      ) { $0.architecture == $1.architecture }
      var configuration = command.configuration
      configuration.architecture = checkpoint.configuration.architecture
      if !command.given.contains(where: { $0.name == "text" }) {
        configuration.training.text = checkpoint.configuration.training.text
      }
      self.configuration = configuration
      corpus = command.corpus.isEmpty ? Start.defaultCorpus : command.corpus
      self.checkpoint = checkpoint
    } else {
      configuration = command.configuration
      corpus = command.corpus.isEmpty ? Start.defaultCorpus : command.corpus
      checkpoint = nil
    }
  }

  private static let defaultCorpus = ["@time_traveller"]

  func resume(_ trainer: Trainer, path: String) throws {
    guard let snapshot = checkpoint?.training else {
      throw CheckpointError.noTrainingState(path: path)
    }
    do {
      try trainer.restore(snapshot)
    } catch SnapshotMismatch.text {
      throw Failure(
        "\(path): was trained on another text than \(corpus.joined(separator: ", ")); --resume "
          + "goes on with the same text, --from starts on a new one", .badData)
    } catch {
      throw Failure(
        "\(path): the checkpoint is damaged: its training state does not fit its configuration",
        .badData)
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

/// Finds out before the work whether its result can be written.
///
/// - Throws: `Failure` with the exit code 73.
private func checkCanCreate(_ path: String) throws {
  let manager = FileManager.default
  let parts = path.split(separator: "/", omittingEmptySubsequences: false)
  let parent = parts.dropLast().joined(separator: "/")
  let folder = parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent
  guard manager.fileExists(atPath: folder) else {
    throw Failure("\(path): cannot be written: the folder \(folder) does not exist", .cannotCreate)
  }
  guard (try? manager.contentsOfDirectory(atPath: path)) == nil, parts.last?.isEmpty == false else {
    throw Failure("\(path): cannot be written: it is a folder", .cannotCreate)
  }
  guard (try? manager.contentsOfDirectory(atPath: folder)) != nil,
    manager.isWritableFile(atPath: folder)
  else {
    throw Failure("\(path): cannot be written: \(folder) is no folder to write to", .cannotCreate)
  }
}
