import RecurrentLM

/// All that a training run works with, made from its settings before the first step.
struct TrainingSetup {
  let configuration: Configuration
  let corpus: [String]
  let vocabulary: Vocabulary
  /// Of the text.
  let characterCount: Int
  let trainer: Trainer
  let output: OutputFile
  let samples: TrainingSamples

  /// Claims the output, reads the corpus and makes or loads the model.
  ///
  /// - Throws: errors of the output, the corpus and the checkpoint, all of which `Failure` knows.
  init(_ settings: Train, _ console: Console) throws {
    output = try TrainingSetup.claimOutput(settings)
    let start = try TrainingStart(settings)
    (configuration, corpus) = (start.configuration, start.corpus)
    try output.checkIsNone(of: corpusFiles(corpus))
    let text = try readCorpora(
      corpus, configuration.training.text, limit: configuration.training.maxCharacters, console)
    let ids: Tokens
    (ids, vocabulary) = try start.encode(text)
    characterCount = ids.count
    let prompts = try encodePrompts(
      settings.prompts, text: ids, vocabulary, configuration.architecture.objective)
    trainer = try start.trainer(
      ids, vocabularySize: vocabulary.count, threads: usableThreads(settings.threads, console))
    samples = TrainingSamples(trainer, vocabulary: vocabulary, prompts: prompts)
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
