import RecurrentLM

/// `charnn predict`: continues a text.
struct Predict: Subcommand {
  var prefix: String?
  var fill: String?
  var model: String?
  var length = 50
  var sampler = Sampler()
  var stop: String?
  var count = 1
  var seed: UInt64 = 1
  var unknown = UnknownCharacters.error
  var escapes = false
  var json = false

  static let name = "predict"
  static let summary = "Print a prefix and what the model writes after it."
  static let operandUsage = "PREFIX"
  static let discussion = """
    Prints PREFIX and what follows it, character by character as it is made. The
    prefix warms up the state of the model. '-' reads it from standard input,
    without the line end that closes it. A model trained with --objective cloze
    fills the gaps of a text instead: charnn predict --fill "the time ____ll_r".
    """

  static var options: [Option<Predict>] {
    [
      .file("model", \.model, "the checkpoint", defaultText: modelDefault),
      .text(
        "fill", "TEXT", \.fill,
        "print TEXT with a character in place of each _: the most probable ones together, not one "
          + "by one; '-' reads TEXT from standard input"),
      .integer("length", \.length, 0...1_000_000_000, "characters to generate"),
      .number(
        "temperature", \.sampler.temperature, .atLeast(0),
        "0: always the most probable character; 1: draw from the model's distribution; lower is "
          + "more cautious, higher bolder"),
      .optionalInteger(
        "top-k", \.sampler.topK, 1...1_000_000_000, "draw from the N most probable characters",
        defaultText: "all"),
      .optionalNumber(
        "top-p", \.sampler.topP, .aboveUpTo(0, 1),
        "draw from the most probable characters that together have this probability",
        defaultText: "all"),
      .text("stop", "TEXT", \.stop, "end when this has been generated"),
      .integer("count", \.count, 1...1_000_000_000, "texts to generate, one after another"),
      .seed(\.seed, "start of the random draws"),
      .choice(
        "unknown", \.unknown,
        "what to do with characters of PREFIX or TEXT that the model does not know"),
      .flag(
        "escapes", \.escapes,
        "\\n, \\t, \\r, \\\\ and \\u{HEX} in PREFIX, --fill and --stop are escapes"),
      .flag("json", \.json, "print one JSON object a text"),
    ]
  }

  mutating func take(operand: String) throws(UsageError) {
    guard prefix == nil else {
      throw UsageError("one PREFIX, found also '\(operand)'; quote a prefix that has spaces")
    }
    prefix = operand
  }

  mutating func finish(given: [GivenOption]) throws(UsageError) {
    if fill != nil {
      try checkFill(given)
    } else if prefix == nil {
      throw UsageError("a PREFIX is needed, such as \"the time traveller\"")
    }
    guard escapes else { return }
    prefix = try prefix.map(Predict.unescape)
    fill = try fill.map(Predict.unescape)
    stop = try stop.map(Predict.unescape)
  }

  /// What has no meaning where gaps are filled.
  private func checkFill(_ given: [GivenOption]) throws(UsageError) {
    if let prefix { throw UsageError("--fill and PREFIX '\(prefix)' are both given; give one") }
    let meaningful = ["fill", "model", "unknown", "escapes", "json"]
    if let other = given.first(where: { !meaningful.contains($0.name) }) {
      throw UsageError(
        "--fill looks for the most probable characters; --\(other.name) has no meaning there")
    }
  }

  private static func unescape(_ text: String) throws(UsageError) -> String {
    guard let result = unescaped(text) else {
      throw UsageError("--escapes knows \\n, \\t, \\r, \\\\ and \\u{HEX}; found '\(text)'")
    }
    return result
  }

  func run(_ console: Console) throws -> ExitCode {
    let path = modelPath(model)
    let checkpoint = try Checkpoint(contentsOf: path)
    let isCloze = checkpoint.configuration.architecture.objective == .cloze
    guard isCloze == (fill != nil) else { throw Predict.wrongObjective(path, isCloze: isCloze) }
    if let fill {
      try printFilled(readText(fill), checkpoint, console)
    } else {
      try printContinuations(readText(prefix ?? ""), checkpoint, console)
    }
    return .done
  }

  private static func wrongObjective(_ path: String, isCloze: Bool) -> Failure {
    Failure(
      isCloze
        ? "\(path): this model was trained to fill gaps, not to continue a text; give "
          + "--fill \"a text with g_ps\""
        : "\(path): this model was trained to predict the next character, not to fill gaps; "
          + "'charnn train --objective cloze' makes one that does", .badData)
  }

  // MARK: Continuing a text

  private func printContinuations(
    _ prefix: [Unicode.Scalar], _ checkpoint: Checkpoint, _ console: Console
  ) throws {
    let vocabulary = checkpoint.vocabulary
    let prefix = try encode(prefix, vocabulary, unknown).ids
    guard !prefix.isEmpty else {
      throw Failure("the prefix has no character that the model knows", .badData)
    }
    let stop = try encodeStop(vocabulary)
    if checkpoint.configuration.architecture.directionsMeet {
      console.note(
        "note: a bidirectional model has seen each character that it was trained to predict, so "
          + "what follows here repeats itself")
    }
    let generator = try Generator(
      checkpoint.model(), vocabulary: vocabulary,
      threads: availableProcessorCount)
    var random = RandomGenerator(seed: seed)
    for _ in 0..<count {
      if json {
        try printJSON(generator, vocabulary, prefix, stop, &random, console)
      } else {
        try stream(generator, vocabulary, prefix, stop, &random, console)
      }
    }
  }

  private func encodeStop(_ vocabulary: Vocabulary) throws -> [Int32] {
    let stop = charactersUnifyingLineEnds(stop ?? "")
    let unknown = stop.filter { vocabulary.encodeKnown([$0]).isEmpty }
    guard unknown.isEmpty else {
      throw Failure(
        "--stop has \(Failure.listed(unknown)), which the model never writes", .badData)
    }
    return vocabulary.encodeKnown(stop)
  }

  /// What was given, or standard input for `-`.
  private func readText(_ given: String) throws -> [Unicode.Scalar] {
    guard given == "-" else { return charactersUnifyingLineEnds(given) }
    var text = try Corpus(paths: ["-"]).read(.raw).scalars()
    if text.last == "\n" { text.removeLast() }
    return text
  }

  /// Prints each character as soon as it is there.
  private func stream(
    _ generator: Generator, _ vocabulary: Vocabulary, _ prefix: [Int32], _ stop: [Int32],
    _ random: inout RandomGenerator, _ console: Console
  ) throws {
    try console.write(vocabulary.text(of: prefix))
    try generator.generate(
      after: prefix, length: length, sampler: sampler, stop: stop, using: &random
    ) { character in
      try console.write(character)
      return true
    }
    try console.line("")
  }

  private func printJSON(
    _ generator: Generator, _ vocabulary: Vocabulary, _ prefix: [Int32], _ stop: [Int32],
    _ random: inout RandomGenerator, _ console: Console
  ) throws {
    let start = ContinuousClock.now
    let generated = generator.generate(
      after: prefix, length: length, sampler: sampler, stop: stop, using: &random)
    var line = JSONLine()
    line.add("prompt", vocabulary.text(of: prefix))
    line.add("text", vocabulary.text(of: prefix + generated))
    line.add("characters", generated.count)
    line.add("seconds", (ContinuousClock.now - start) / .seconds(1))
    try console.line(line.text)
  }

  // MARK: Filling gaps

  private func printFilled(
    _ text: [Unicode.Scalar], _ checkpoint: Checkpoint, _ console: Console
  ) throws {
    let start = ContinuousClock.now
    let vocabulary = checkpoint.vocabulary
    let gapped = try encodeGaps(text, vocabulary, unknown)
    guard !gapped.isEmpty else {
      throw Failure("--fill has no gap and no character that the model knows", .badData)
    }
    let filler = try Filler(
      checkpoint.model(), vocabulary: vocabulary, threads: availableProcessorCount)
    let progressLine = ProgressLine(console)
    let filling = try filler.fill(gapped) { progress in
      progressLine.show(
        "filling: pass \(progress.pass), place \(progress.place) of \(progress.places)")
    }
    progressLine.clear()
    guard json else { return try console.line(vocabulary.text(of: filling.text)) }
    var line = JSONLine()
    line.add("prompt", gappedText(gapped, vocabulary))
    line.add("text", vocabulary.text(of: filling.text))
    line.add("characters", gapped.count { $0 == nil })
    line.add("loss", filling.loss)
    line.add("pseudo_perplexity", perplexity(ofLoss: filling.loss))
    line.add("seconds", (ContinuousClock.now - start) / .seconds(1))
    try console.line(line.text)
  }
}
