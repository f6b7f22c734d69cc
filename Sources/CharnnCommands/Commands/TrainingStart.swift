import RecurrentLM

/// From what training starts: nothing, the checkpoint to go on from, or another's weights.
struct TrainingStart {
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
      let checkpoint = try Checkpoint(contentsOf: from)
      _ = try command.merged(
        with: checkpoint.configuration, why: "--from takes the model of \(from)"
      ) { $0.architecture == $1.architecture }
      var configuration = command.configuration
      configuration.architecture = checkpoint.configuration.architecture
      if !command.given.contains(where: { $0.name == "text" }) {
        configuration.training.text = checkpoint.configuration.training.text
      }
      self.configuration = configuration
      corpus = command.corpus.isEmpty ? TrainingStart.defaultCorpus : command.corpus
      self.checkpoint = checkpoint
    } else {
      configuration = command.configuration
      corpus = command.corpus.isEmpty ? TrainingStart.defaultCorpus : command.corpus
      checkpoint = nil
    }
  }

  private static let defaultCorpus = ["@time_traveller"]

  /// The model with which training starts.
  ///
  /// - Parameter generator: draws what the parameters of a new one are.
  func model(
    vocabularySize: Int, resumes: Bool, using generator: inout RandomGenerator
  ) throws -> LanguageModel {
    if let checkpoint, !resumes { return try checkpoint.model() }
    let model = try LanguageModel(configuration.architecture, vocabularySize: vocabularySize)
    let options = configuration.training
    if checkpoint == nil {
      model.initialize(
        options.initialization, scale: options.initializationScale,
        forgetBias: options.forgetBias, using: &generator)
    }
    return model
  }

  /// Lets a trainer go on where the checkpoint was left.
  func resume(_ trainer: Trainer) throws {
    guard let checkpoint else { return }
    do {
      try checkpoint.restore(trainer)
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
