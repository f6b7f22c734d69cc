import RecurrentLM

extension Train {
  /// The configuration of a checkpoint, changed by the options given here.
  ///
  /// - Parameters:
  ///   - reason: begins the message where an option contradicts the checkpoint.
  ///   - mayChange: whether an option may change the first configuration into the second.
  /// - Throws: `UsageError` naming the option that may not.
  func merged(
    with stored: Configuration, reason: String,
    mayChange: (Configuration, Configuration) -> Bool
  ) throws(UsageError) -> Configuration {
    var merged = self
    merged.configuration = stored
    for (index, last) in given.enumerated()
    where !given[(index + 1)...].contains(where: { $0.option.setting == last.option.setting }) {
      let before = merged.configuration
      try last.store(in: &merged)
      guard mayChange(before, merged.configuration) else {
        throw UsageError(
          "\(reason), and --\(last.option.name) \(last.value) is not what it was trained with; "
            + "leave the option out", command: Train.name)
      }
    }
    return merged.configuration
  }
}

extension [GivenOption<Train>] {
  /// Whether one of these options sets a part of the configuration.
  func contains(configurationSetting path: PartialKeyPath<Configuration>) -> Bool {
    let whole: PartialKeyPath<Train> = \.configuration
    return whole.appending(path: path).map { contains($0) } ?? false
  }
}
