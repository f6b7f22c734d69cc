import RecurrentLM

/// What the model writes from time to time during training.
struct TrainingSamples {
  private let trainer: Trainer
  private let vocabulary: Vocabulary
  private let prompts: [[Int32?]]

  /// - Parameter prompts: what samples start from; nil is a gap.
  init(_ trainer: Trainer, vocabulary: Vocabulary, prompts: [[Int32?]]) {
    self.trainer = trainer
    self.vocabulary = vocabulary
    self.prompts = prompts
  }

  /// A sample for each prompt.
  func report(epoch: Int, to reporter: any TrainingReporter) throws {
    for prompt in prompts {
      try reporter.sample(
        epoch, prompt: vocabulary.gappedText(of: prompt),
        text: vocabulary.text(of: completed(prompt)))
    }
  }

  /// A prompt continued by the model, or with its gaps filled. Nothing is drawn at random, so samples
  /// do not affect training.
  private func completed(_ prompt: [Int32?]) throws -> [Int32] {
    switch trainer.model.architecture.objective {
    case .next:
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

/// Encodes the prompts of samples; if none is given, the start of the text is the only one.
///
/// - Throws: `VocabularyError.unknown`.
func encodePrompts(
  _ given: [String], text: Tokens, _ vocabulary: Vocabulary, _ objective: Objective
) throws -> [[Int32?]] {
  let given = given.map { charactersUnifyingLineEnds($0) }
  switch objective {
  case .next:
    return given.isEmpty ? [Array(text.prefix(16))] : try given.map { try vocabulary.encode($0) }
  case .cloze:
    // The last two of every eight characters become gaps.
    let gapped = text.prefix(40).enumerated().map { $0.offset % 8 < 6 ? $0.element : nil }
    return given.isEmpty
      ? [gapped] : try given.map { try vocabulary.encodeGapped($0, unknown: .error) }
  }
}
