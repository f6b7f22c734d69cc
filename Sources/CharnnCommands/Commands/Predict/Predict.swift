import RecurrentLM

/// `charnn predict`: continues a text, or fills its gaps.
struct Predict: Subcommand {
  var prefix: String?
  var fill: String?
  var model: String?
  var length = 50
  var sampler = Sampler()
  var beam: Int?
  var stop: String?
  var count = 1
  var seed: UInt64 = 1
  var unknown = UnknownCharacters.error
  var escapes = false
  var json = false
  var noColor = false

  static let name = "predict"
  static let summary = "Print a prefix and what the model writes after it."
  static let operandUsage = "PREFIX"
  static let examples = [
    CommandExample("charnn predict \"the time traveller\"", "the most probable text"),
    CommandExample("charnn predict \"It was \" --temperature 0.8", "a livelier one"),
    CommandExample("charnn predict - --length 400 < notes.txt", "go on with a file"),
    CommandExample("charnn predict --fill \"the time ____ll_r\"", "fill gaps (cloze models)"),
  ]
  static let discussion = """
    Prints PREFIX and what follows it, character by character as it is made. The
    prefix warms up the state of the model. '-' reads it from standard input,
    without the line end that closes it. A model trained with --objective cloze
    fills the gaps of a text instead: charnn predict --fill "the time ____ll_r".
    """

  static var optionGroups: [OptionGroup<Predict>] { [OptionGroup(title: nil, options: allOptions)] }

  private static var allOptions: [Option<Predict>] {
    [
      .file("model", \.model, "the checkpoint", defaultText: modelDefault),
      .text(
        "fill", "TEXT", \.fill,
        "print TEXT with a character in place of each _, such that all together are most probable; "
          + "'-' reads TEXT from standard input"),
      .integer("length", \.length, BeamGenerator.lengthRange, "characters to generate"),
      .number(
        "temperature", \.sampler.temperature, .atLeast(0),
        "0: always the most probable character; 1: draw from the model's distribution; lower is "
          + "more cautious, higher bolder"),
      .optionalInteger(
        "top-k", \.sampler.topK, 1...1_000_000_000, "draw from the N most probable characters",
        defaultText: "all"),
      .optionalNumber(
        "top-p", \.sampler.topP, .aboveUpTo(0, 1),
        "draw from the most probable characters whose probabilities add up to X",
        defaultText: "all"),
      .optionalNumber(
        "min-p", \.sampler.minP, .aboveUpTo(0, 1),
        "draw from the characters whose probability is at least X times that of the most probable "
          + "one; acts first, then --top-k, then --top-p", defaultText: "all"),
      .optionalInteger(
        "beam", \.beam, BeamGenerator.widthRange,
        "look for the most probable text as a whole, by keeping the N most probable beginnings at "
          + "each character; 1: only one, as without this option"),
      .text("stop", "TEXT", \.stop, "end once this text has been generated"),
      .integer("count", \.count, 1...1_000_000_000, "how many texts to generate"),
      .seed(\.seed, "seed of the random draws"),
      .choice(
        "unknown", \.unknown,
        "what to do with characters of PREFIX or TEXT that the model does not know"),
      .flag(
        "escapes", \.escapes,
        "\\n, \\t, \\r, \\\\ and \\u{HEX} in PREFIX, --fill and --stop are escapes"),
      .flag("json", \.json, "print one JSON object per text"),
      .noColor(\.noColor),
    ]
  }

  mutating func take(operand: String) throws(UsageError) {
    guard prefix == nil else {
      throw UsageError("one PREFIX, found also '\(operand)'; quote a prefix that has spaces")
    }
    prefix = operand
  }

  mutating func finish(given: [GivenOption<Predict>]) throws(UsageError) {
    if fill != nil {
      try checkFill(given)
    } else if prefix == nil {
      throw UsageError("a PREFIX is needed, such as \"the time traveller\"")
    }
    try checkBeam(given)
    guard escapes else { return }
    prefix = try prefix.map(Predict.unescape)
    fill = try fill.map(Predict.unescape)
    stop = try stop.map(Predict.unescape)
  }

  /// The settings that have a meaning where gaps are filled.
  private static var fillSettings: [PartialKeyPath<Predict>] {
    [\.fill, \.model, \.unknown, \.escapes, \.json]
  }

  private func checkFill(_ given: [GivenOption<Predict>]) throws(UsageError) {
    if let prefix { throw UsageError("--fill and PREFIX '\(prefix)' are both given; give one") }
    for option in given.map(\.option)
    where !Predict.fillSettings.contains(option.setting) {
      throw UsageError(
        "--fill looks for the most probable characters; --\(option.name) has no meaning there")
    }
  }

  private func checkBeam(_ given: [GivenOption<Predict>]) throws(UsageError) {
    guard beam != nil else { return }
    let changes: [(PartialKeyPath<Predict>, Bool)] = [
      (\.sampler.temperature, sampler.temperature > 0), (\.sampler.topK, true),
      (\.sampler.topP, true), (\.sampler.minP, true), (\.count, count > 1),
    ]
    for option in given.map(\.option)
    where changes.contains(where: { $0.0 == option.setting && $0.1 }) {
      throw UsageError(
        "--beam looks for the most probable text, of which there is one; leave out "
          + "--\(option.name), or --beam")
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

  private func printContinuations(
    _ prefix: [Unicode.Scalar], _ checkpoint: Checkpoint, _ console: Console
  ) throws {
    let prefix = try checkpoint.vocabulary.encode(prefix, unknown: unknown).ids
    guard !prefix.isEmpty else {
      throw Failure("the prefix has no character that the model knows", .badData)
    }
    let stop = try encodeStop(checkpoint.vocabulary)
    if checkpoint.configuration.architecture.directionsMeet {
      console.hint(
        "a bidirectional model has seen each character that it was trained to predict, so "
          + "what follows here repeats itself")
    }
    if let beam {
      return try printMostProbable(
        after: prefix, length: length, stop: stop, width: beam, checkpoint, asJSON: json, console)
    }
    let continuation = try Continuation(
      checkpoint, prefix: prefix, length: length, sampler: sampler, stop: stop)
    var random = RandomGenerator(seed: seed)
    for _ in 0..<count {
      if json {
        try continuation.printJSON(using: &random, console)
      } else {
        try continuation.stream(using: &random, console)
      }
    }
  }

  private func encodeStop(_ vocabulary: Vocabulary) throws -> [Int32] {
    let stop = charactersUnifyingLineEnds(stop ?? "")
    let unknown = stop.filter { vocabulary.encodeKnown([$0]).isEmpty }
    guard unknown.isEmpty else {
      throw Failure("--stop has \(listed(unknown)), which the model never writes", .badData)
    }
    return vocabulary.encodeKnown(stop)
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
