import RecurrentLM

/// Where training starts: from new parameters, from another checkpoint's weights, or where a
/// checkpoint stopped.
struct TrainingStart {
  private(set) var configuration: Configuration
  let corpus: [String]
  /// nil where training starts from new parameters.
  private let checkpoint: Checkpoint?
  private let resumes: Bool
  /// From when on a time limit counts.
  private var start = RunningTime.now

  /// - Throws: `UsageError` where the options contradict the checkpoint; `SafeTensorsError`,
  ///   `CheckpointError`.
  init(_ settings: Train) throws {
    resumes = settings.resume
    if settings.resume {
      let checkpoint = try Checkpoint(contentsOf: settings.out)
      configuration = try TrainingStart.configuration(settings, resuming: checkpoint)
      corpus = settings.corpus.isEmpty ? checkpoint.corpus : settings.corpus
      self.checkpoint = checkpoint
      return
    }
    corpus = settings.corpus.isEmpty ? ["@time_traveller"] : settings.corpus
    if let path = settings.from {
      let checkpoint = try Checkpoint(contentsOf: path)
      configuration = try TrainingStart.configuration(settings, from: checkpoint)
      self.checkpoint = checkpoint
    } else {
      configuration = settings.configuration
      checkpoint = nil
    }
  }

  /// The checkpoint's, but how long training goes on and the learning rate may change.
  private static func configuration(
    _ settings: Train, resuming checkpoint: Checkpoint
  ) throws -> Configuration {
    var merged = try settings.merged(
      with: checkpoint.configuration, reason: "--resume goes on with \(checkpoint.path)"
    ) { before, after in
      var before = before
      before.training.epochs = after.training.epochs
      before.training.maxMinutes = after.training.maxMinutes
      before.training.patience = after.training.patience
      before.training.learningRate = after.training.learningRate
      before.training.schedule = after.training.schedule
      before.training.warmup = after.training.warmup
      // Which text it is its fingerprint says.
      before.training.validation = after.training.validation
      return before == after
    }
    // Of the two limits the one that is given counts.
    let newLimits = (
      epochs: settings.given.contains(\.configuration.training.epochs),
      minutes: settings.given.contains(\.configuration.training.maxMinutes)
    )
    if newLimits == (epochs: true, minutes: false) { merged.training.maxMinutes = nil }
    if newLimits == (epochs: false, minutes: true) {
      merged.training.epochs = TrainingOptions.epochsRange.upperBound
    }
    return merged
  }

  /// The one given, with the checkpoint's architecture and, unless given, its text mode.
  private static func configuration(
    _ settings: Train, from checkpoint: Checkpoint
  ) throws -> Configuration {
    _ = try settings.merged(
      with: checkpoint.configuration, reason: "--from takes the model of \(checkpoint.path)"
    ) { $0.architecture == $1.architecture }
    var configuration = settings.configuration
    configuration.architecture = checkpoint.configuration.architecture
    if !settings.given.contains(\.configuration.training.text) {
      configuration.training.text = checkpoint.configuration.training.text
    }
    return configuration
  }

  /// Encodes the text with the checkpoint's vocabulary, to which `--from` adds the characters that it
  /// lacks; or else with one made from the text.
  ///
  /// - Throws: `VocabularyError.unknown` where the one to resume with lacks characters of the text;
  ///   `InsufficientMemory`.
  func encode(
    _ text: CorpusText, _ console: Console
  ) throws -> (tokens: Tokens, vocabulary: Vocabulary) {
    guard let checkpoint else { return try text.numbered() }
    guard !resumes else {
      return (try text.numbered(by: checkpoint.vocabulary), checkpoint.vocabulary)
    }
    let vocabulary = checkpoint.vocabulary.extended(by: text.characters)
    let added = vocabulary.tokens.dropFirst(checkpoint.vocabulary.count)
    if !added.isEmpty {
      console.hint(
        "\(counted(added.count, "character")) that \(checkpoint.path) lacks "
          + "\(added.count == 1 ? "is" : "are") added: \(listed(added.flatMap(\.unicodeScalars)))")
    }
    return (try text.numbered(by: vocabulary), vocabulary)
  }

  /// Sets what the options do not say to what suits the text and the minutes, for a new training on a
  /// text of which some is held out.
  ///
  /// - Returns: what was chosen and why, in one line; nil where nothing is chosen.
  /// - Throws: `InsufficientMemory`.
  mutating func chooseSettings(
    _ settings: Train, _ text: Tokens, isValidated: Bool, vocabularySize: Int, threads: Int
  ) throws -> String? {
    // To wait for standard input is no part of the training.
    start = RunningTime.now
    guard !resumes, isValidated, text.count >= Configuration.shortestChoiceText else { return nil }
    let isFixed = checkpoint != nil
    let operations = try configuration.training.maxMinutes.map { minutes in
      try Trainer.checkMemory(
        configuration.architecture, vocabularySize: vocabularySize, configuration.training,
        isValidated: isValidated, textBytes: text.byteCount)
      return 60 * minutes
        * (try Trainer.operationsPerSecond(
          configuration.architecture, vocabularySize: vocabularySize, configuration.training,
          threads: threads))
    }
    let readings = configuration.choose(
      characters: text.count, vocabularySize: vocabularySize,
      operations: operations ?? Configuration.usualOperations
    ) { setting in
      isFixed
        && [\Configuration.architecture.hidden, \.architecture.residual].contains(setting)
        || settings.given.contains(configurationSetting: setting)
    }
    return choiceSummary(configuration, characters: text.count, readings: readings)
  }

  /// The trainer as it starts.
  ///
  /// - Parameter threads: at most so many.
  /// - Throws: `InsufficientMemory`, `TextTooShort`; `Failure` where the checkpoint to resume does not
  ///   belong to the text.
  func trainer(
    _ text: Tokens, heldOut: Tokens?, vocabularySize: Int, threads: Int
  ) throws -> Trainer {
    let options = configuration.training
    try Trainer.checkMemory(
      configuration.architecture, vocabularySize: vocabularySize, options,
      isValidated: heldOut != nil, textBytes: text.byteCount + (heldOut?.byteCount ?? 0))
    var generator = RandomGenerator(seed: options.seed)
    let model = try model(vocabularySize: vocabularySize, using: &generator)
    let trainer = try Trainer(
      model, text: text, heldOut: heldOut, options: options, threads: threads,
      generator: generator, start: start)
    if resumes { try restore(trainer) }
    return trainer
  }

  /// The model before training. If training resumes, `restore` replaces all its parameters.
  ///
  /// - Parameter generator: draws new parameters.
  private func model(
    vocabularySize: Int, using generator: inout RandomGenerator
  ) throws -> LanguageModel {
    let options = configuration.training
    if let checkpoint, !resumes {
      let model = try checkpoint.model()
      if model.vocabularySize == vocabularySize { return model }
      return try LanguageModel(
        extending: model, vocabularySize: vocabularySize, options.initialization,
        scale: options.initializationScale, using: &generator)
    }
    let model = try LanguageModel(configuration.architecture, vocabularySize: vocabularySize)
    if checkpoint == nil {
      model.initialize(
        options.initialization, scale: options.initializationScale,
        forgetBias: options.forgetBias, using: &generator)
    }
    return model
  }

  /// Puts a trainer in the state in which the checkpoint was written.
  private func restore(_ trainer: Trainer) throws {
    guard let checkpoint else { return }
    do {
      try checkpoint.restore(trainer)
    } catch SnapshotMismatch.heldOut {
      throw Failure(
        "\(checkpoint.path): was judged by another held-out text; --resume goes on with the same, "
          + "which --validation names", .badData)
    } catch SnapshotMismatch.text {
      throw Failure(
        "\(checkpoint.path): was trained on another text than \(corpus.joined(separator: ", ")); "
          + "--resume goes on with the same text, --from starts on a new one", .badData)
    } catch is SnapshotMismatch {
      throw Failure(
        "\(checkpoint.path): the checkpoint is damaged: its training state does not fit its "
          + "configuration", .badData)
    }
  }
}
