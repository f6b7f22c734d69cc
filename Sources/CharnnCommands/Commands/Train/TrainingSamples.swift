import RecurrentLM

/// What the model writes from time to time during training.
final class TrainingSamples {
  private let trainer: Trainer
  private let vocabulary: Vocabulary
  private let prompts: [[Int32?]]
  /// Of each sample, in characters, the prompt not included.
  private let length: Int
  private var sampler = Sampler()
  /// The longest time between two samples; nil: any.
  private let interval: Duration?
  private var last = RunningTime.now

  /// - Parameter prompts: what samples start from; nil is a gap.
  init(_ settings: Train, _ trainer: Trainer, vocabulary: Vocabulary, prompts: [[Int32?]]) {
    self.trainer = trainer
    self.vocabulary = vocabulary
    self.prompts = prompts
    length = settings.sampleLength
    sampler.temperature = settings.sampleTemperature
    interval = settings.sampleMinutes.map { .seconds(60 * $0) }
  }

  /// The first prompt; its gaps are `_`.
  var example: String { prompts.first.map { vocabulary.gappedText(of: $0) } ?? "" }

  /// Whether it is time for a sample within an epoch.
  var areDue: Bool { interval.map { RunningTime.now - last >= $0 } ?? false }

  /// A sample for each prompt.
  func report(epoch: Int, to reporter: any TrainingReporter) throws {
    last = RunningTime.now
    for prompt in prompts {
      try reporter.sample(
        epoch, prompt: vocabulary.gappedText(of: prompt),
        text: vocabulary.text(of: completed(prompt)))
    }
  }

  /// A prompt continued by the model, or with its gaps filled. What is drawn at random comes from a
  /// generator of its own, which follows from the seed and the updates, so samples do not affect
  /// training.
  private func completed(_ prompt: [Int32?]) throws -> [Int32] {
    switch trainer.model.architecture.objective {
    case .next:
      var generator = RandomGenerator(
        seed: trainer.options.seed &+ UInt64(trainer.progress.updates) &* 0x9e37_79b9_7f4a_7c15)
      let prefix = prompt.compactMap(\.self)
      return try prefix
        + Generator(trainer.model, vocabulary: vocabulary, threads: trainer.threads)
        .generate(after: prefix, length: length, sampler: sampler, using: &generator)
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
