import RecurrentLM

/// Reports how training goes.
protocol TrainingReporter {
  /// - Parameters:
  ///   - summary: what is trained on what, and what of it was chosen, a line each.
  ///   - event: the same for programs.
  func begin(_ summary: String, _ event: JSONLine) throws
  /// After each minibatch, and after a validation within an epoch.
  func progress(_ report: MinibatchReport) throws
  /// - Parameters:
  ///   - seconds: of the epoch's training steps.
  ///   - charactersPerSecond: trained characters, over that time.
  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws
  /// - Parameter text: the prompt with what the model wrote after it or into its gaps.
  func sample(_ epoch: Int, prompt: String, text: String) throws
  /// - Parameter epoch: how many are done.
  func checkpoint(_ path: String, epoch: Int) throws
  /// - Parameter checkpoint: nil where there was nothing new to write.
  func interrupted(_ epochs: Int, checkpoint: String?) throws
  /// - Parameter charactersPerSecond: over all training steps of the run; 0 if there were none.
  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double) throws
}

/// What a reporter is not interested in.
extension TrainingReporter {
  func begin(_ summary: String, _ event: JSONLine) throws {}
  func progress(_ report: MinibatchReport) throws {}
  func sample(_ epoch: Int, prompt: String, text: String) throws {}
  func checkpoint(_ path: String, epoch: Int) throws {}
  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {}
  func interrupted(_ epochs: Int, checkpoint: String?) throws {}
  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {}
}
