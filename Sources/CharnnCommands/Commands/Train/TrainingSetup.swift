import RecurrentLM

/// All that a training run works with, made from its settings before the first step.
struct TrainingSetup {
  let configuration: Configuration
  let corpus: [String]
  let vocabulary: Vocabulary
  /// Of the text.
  let characterCount: Int
  /// Of the held-out text.
  let heldOutCount: Int
  /// What was chosen for the text; nil where nothing was.
  let choice: String?
  let trainer: Trainer
  let output: OutputFile
  let samples: TrainingSamples

  /// Claims the output, reads the corpus and makes or loads the model.
  ///
  /// - Throws: errors of the output, the corpus and the checkpoint, all of which `Failure` knows.
  init(_ settings: Train, _ console: Console) throws {
    output = try TrainingSetup.claimOutput(settings)
    var start = try TrainingStart(settings)
    corpus = start.corpus
    let options = start.configuration.training
    let heldOutFiles = [options.validation.fileName].compactMap(\.self)
    try output.checkIsNone(of: corpusFiles(corpus + heldOutFiles))
    if console.abilities.isInteractive, corpus.contains("-") {
      console.hint("the text is read from this terminal; end it with Ctrl-D on a line of its own")
    }
    let read = try readCorpora(
      corpus, options.text, limit: options.maxCharacters, heldOut: heldOutFiles, console)
    try read.checkHasLetters(options.text)
    let all: Tokens
    (all, vocabulary) = try start.encode(read, console)
    heldOutCount =
      heldOutFiles.isEmpty ? options.validation.heldOut(of: all.count) : read.heldOutCount
    if heldOutCount == 0, !heldOutFiles.isEmpty { throw HeldOutTextTooShort(characters: 0) }
    characterCount = all.count - heldOutCount
    let text = all[0..<characterCount]
    let threads = usableThreads(settings.threads, console)
    choice = try start.chooseSettings(
      settings, text, isValidated: heldOutCount > 0, vocabularySize: vocabulary.count,
      threads: threads)
    configuration = start.configuration
    if configuration.training.optimizer == .adam, configuration.training.effectiveWeightDecay > 0 {
      throw UsageError(
        "--weight-decay is for --optimizer adamw or sgd; adam has none", command: Train.name)
    }
    let prompts = try encodePrompts(
      settings.prompts, text: text, vocabulary, configuration.architecture.objective)
    trainer = try start.trainer(
      text, heldOut: heldOutCount > 0 ? all[characterCount..<all.count] : nil,
      vocabularySize: vocabulary.count, threads: threads)
    samples = TrainingSamples(settings, trainer, vocabulary: vocabulary, prompts: prompts)
  }

  private static func claimOutput(_ settings: Train) throws -> OutputFile {
    // With --resume, a file that is not a checkpoint is bad input rather than an output that cannot
    // be written.
    if settings.resume { _ = try Checkpoint(contentsOf: settings.out) }
    return try OutputFile(
      settings.out, keepsPresent: !settings.resume && !settings.overwrite,
      isOurs: Checkpoint.isOne)
  }
}
