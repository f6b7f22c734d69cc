import RecurrentLM

extension Train {
  /// Options that were given but do nothing in this training, each with the reason.
  func uselessOptions(_ configuration: Configuration, isValidated: Bool) -> [String] {
    let (architecture, training) = (configuration.architecture, configuration.training)
    let isSampled = sampleEvery > 0 || sampleMinutes != nil
    let noSamples = "is for samples, which --sample-every 0 switches off"
    let fills = architecture.objective == .cloze
    let conditions: [(PartialKeyPath<Train>, Bool, String)] = [
      (\.configuration.architecture.activation, architecture.cell == .rnn, "is for --cell rnn"),
      (\.configuration.architecture.gruReset, architecture.cell == .gru, "is for --cell gru"),
      (\.configuration.training.forgetBias, architecture.cell == .lstm, "is for --cell lstm"),
      (
        \.configuration.training.offset, training.sampling == .sequential,
        "is for --sampling sequential"
      ),
      (\.prompts, isSampled, noSamples), (\.sampleLength, isSampled, noSamples),
      (\.sampleTemperature, isSampled, noSamples),
      (\.sampleLength, !fills, "is for models that continue a text"),
      (\.sampleTemperature, !fills, "is for models that continue a text"),
      (
        \.configuration.training.patience, isValidated,
        "needs a held-out text, and there is none; --validation holds some out"
      ),
      (
        \.configuration.training.keep, isValidated,
        "needs a held-out text, and there is none; --validation holds some out"
      ),
    ]
    return conditions.compactMap { setting, isUseful, reason in
      guard !isUseful, let last = given.last(where: { $0.option.setting == setting }) else {
        return nil
      }
      return "--\(last.option.name) does nothing here: it \(reason)"
    }
  }
}
