import RecurrentLM

// What `charnn predict` does with its settings.

extension Predict {
  func run(_ console: Console) throws -> ExitCode {
    let path = modelPath(model)
    let checkpoint = try Checkpoint(contentsOf: path)
    if let precision { checkpoint.precision = precision }
    let isCloze = checkpoint.configuration.architecture.objective == .cloze
    guard isCloze == (fill != nil) else { throw Predict.wrongObjective(path, isCloze: isCloze) }
    if let fill {
      try printFilled(readText(fill), checkpoint, console)
      return .done
    }
    if checkpoint.configuration.architecture.directionsMeet {
      console.hint(
        "a bidirectional model has seen each character that it was trained to predict, so "
          + "what follows here repeats itself")
    }
    guard interactive else {
      try warnOfIneffectiveOptions(console)
      try printContinuations(checkpoint, console)
      return .done
    }
    Interruption.watch()
    return try InteractiveSession(self, checkpoint, console).run(InputLines().next)
  }

  private static func wrongObjective(_ path: String, isCloze: Bool) -> Failure {
    Failure(
      isCloze
        ? "\(path): this model was trained to fill gaps, not to continue a text; give "
          + "--fill \"a text with g_ps\""
        : "\(path): this model was trained to predict the next character, not to fill gaps; "
          + "'charnn train --objective cloze' makes one that does", .badData)
  }

  private func warnOfIneffectiveOptions(_ console: Console) throws {
    guard sampler.temperature == 0 else { return }
    let draws: [PartialKeyPath<Predict>] = [\.seed, \.sampler.topK, \.sampler.topP, \.sampler.minP]
    let names = Predict.options.filter { draws.contains($0.setting) && given.contains($0.setting) }
      .map { "--\($0.name)" }
    let advice = beam == nil ? "; --temperature 0.8, say, draws" : ""
    if !names.isEmpty {
      try console.warn(
        "nothing is drawn at random here, so \(names.joined(separator: ", ")) "
          + "\(names.count == 1 ? "changes" : "change") nothing\(advice)")
    }
    if count > 1 {
      try console.warn(
        "nothing is drawn at random here, so all \(count) texts are the same\(advice)")
    }
  }

  private func printContinuations(_ checkpoint: Checkpoint, _ console: Console) throws {
    let vocabulary = checkpoint.vocabulary
    let (text, prompt) = try readPrefix(vocabulary)
    if let beam {
      return try printMostProbable(
        after: text, prompt: prompt, length: length, stop: encodedStop(stop, vocabulary),
        width: beam, checkpoint, asJSON: json, console)
    }
    if count > 1, !confidence, alternatives == nil {
      return try printSideBySide(after: text, prompt: prompt, checkpoint, console)
    }
    let continuation = try Continuation(
      self,
      Generator(checkpoint.model(), vocabulary: vocabulary, threads: availableProcessorCount),
      vocabulary)
    for index in 0..<count {
      if index > 0 && !json { try console.line(textSeparator) }
      continuation.generator.reset()
      var random = RandomGenerator(seed: seed(ofText: index))
      try continuation.write(after: text, prompt: prompt, using: &random, console)
    }
  }

  /// - Returns: what the model reads first, and what is shown of it.
  private func readPrefix(_ vocabulary: Vocabulary) throws -> (text: [Int32], prompt: String) {
    guard let prefix else {
      guard let lineBreak = vocabulary.lineBreak else {
        throw UsageError(
          "a PREFIX is needed: the model knows neither line feed nor space to begin after",
          command: Predict.name)
      }
      return ([lineBreak], "")
    }
    let text = try vocabulary.encode(readText(prefix), unknown: unknown).ids
    guard !text.isEmpty else {
      throw Failure("the prefix has no character that the model knows", .badData)
    }
    return (text, vocabulary.text(of: text))
  }

  private func printFilled(
    _ text: [Unicode.Scalar], _ checkpoint: Checkpoint, _ console: Console
  ) throws {
    let gapped = try checkpoint.vocabulary.encodeGapped(text, unknown: unknown)
    guard !gapped.isEmpty else {
      throw Failure("--fill has no gap and no character that the model knows", .badData)
    }
    try printFilling(of: gapped, checkpoint, asJSON: json, console)
  }

  /// The text that was given, or standard input for `-`.
  private func readText(_ given: String) throws -> [Unicode.Scalar] {
    guard given == "-" else { return charactersUnifyingLineEnds(given) }
    var text = try Corpus(paths: ["-"]).read(.raw).scalars()
    if text.last == "\n" { text.removeLast() }
    return text
  }
}
