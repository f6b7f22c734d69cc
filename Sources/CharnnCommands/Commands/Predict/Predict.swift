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
  var precision: Precision?
  var unknown = UnknownCharacters.error
  var escapes = false
  var confidence = false
  var alternatives: Int?
  var interactive = false
  var json = false
  var noColor = false
  /// The options that were given.
  private(set) var given: [GivenOption<Predict>] = []

  static let name = "predict"
  static let summary = "Print a prefix and what the model writes after it."
  static let operandUsage = "[PREFIX]"
  static let examples = [
    CommandExample("charnn predict \"the time traveller\"", "the most probable text"),
    CommandExample("charnn predict \"It was \" --temperature 0.8", "a livelier one"),
    CommandExample("charnn predict - --length 400 < notes.txt", "go on with a file"),
    CommandExample("charnn predict --interactive", "go on line by line, at a prompt"),
    CommandExample("charnn predict --fill \"the time ____ll_r\"", "fill gaps (cloze models)"),
  ]
  static let discussion = """
    Prints PREFIX and what follows it, character by character as it is made. The
    prefix warms up the state of the model. '-' reads it from standard input,
    without the line end that closes it. Without PREFIX the text begins as a line
    does: after a line feed that is not printed (a space where the model knows no
    line feed). A prefix that begins with a dash goes after '--'. A model trained
    with --objective cloze fills the gaps of a text instead:
    charnn predict --fill "the time ____ll_r".
    """

  static var optionGroups: [OptionGroup<Predict>] {
    [
      OptionGroup(title: "the text", options: textOptions),
      OptionGroup(title: "which characters", options: choiceOptions),
      OptionGroup(title: "what is shown", options: outputOptions),
    ]
  }

  private static var textOptions: [Option<Predict>] {
    [
      .file("model", \.model, "the checkpoint", defaultText: modelDefault),
      .text(
        "fill", "TEXT", \.fill,
        "print TEXT with a character in place of each _, such that all together are most probable; "
          + "'-' reads TEXT from standard input"),
      .integer("length", \.length, BeamGenerator.lengthRange, "characters to generate"),
      .text("stop", "TEXT", \.stop, "end once this text has been generated"),
      .integer(
        "count", \.count, 1...1_000_000_000,
        "how many texts to generate, side by side, with the seeds from --seed on; a line -- stands "
          + "between them"),
      .precision(\.precision),
      .choice(
        "unknown", \.unknown,
        "what to do with characters of PREFIX or TEXT that the model does not know"),
      .flag(
        "escapes", \.escapes,
        "\\n, \\t, \\r, \\\\ and \\u{HEX} in PREFIX, --fill and --stop are escapes"),
    ]
  }

  private static var choiceOptions: [Option<Predict>] {
    [
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
      .seed(\.seed, "seed of the random draws"),
    ]
  }

  private static var outputOptions: [Option<Predict>] {
    [
      .flag(
        "confidence", \.confidence,
        "colour each generated character, the redder the less probable; without colours, print each "
          + "with a tab and its probability, which is the model's, as at --temperature 1 without limits"
      ),
      .optionalInteger(
        "alternatives", \.alternatives, 1...1000,
        "print each generated character on a line, its probability, and the N most probable of the "
          + "others with theirs", defaultText: "none"),
      .flag(
        "interactive", \.interactive,
        "go on after each line that is typed, with all lines before in mind; :help lists the commands. "
          + "'rlwrap charnn predict --interactive' adds a history of lines and their editing"),
      .flag("json", \.json, "print one JSON object per text"),
      .noColor(\.noColor),
    ]
  }

  /// The settings that options make.
  init(_ given: [GivenOption<Predict>]) throws(UsageError) {
    for option in given { try option.store(in: &self) }
    try finish(given: given)
  }

  init() {}

  mutating func take(operand: String) throws(UsageError) {
    guard prefix == nil else {
      throw UsageError("one PREFIX, found also '\(operand)'; quote a prefix that has spaces")
    }
    prefix = operand
  }

  mutating func finish(given: [GivenOption<Predict>]) throws(UsageError) {
    self.given = given
    if fill != nil { try checkFill(given) }
    try checkBeam(given)
    if interactive { try checkInteractive() }
    guard escapes else { return }
    prefix = try prefix.map(Predict.unescape)
    fill = try fill.map(Predict.unescape)
    stop = try stop.map(Predict.unescape)
  }

  /// The settings that have a meaning where gaps are filled.
  private static var fillSettings: [PartialKeyPath<Predict>] {
    [\.fill, \.model, \.precision, \.unknown, \.escapes, \.json]
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
    for (name, isGiven) in [("confidence", confidence), ("alternatives", alternatives != nil)]
    where isGiven {
      throw UsageError(
        "--\(name) shows characters as they are drawn one by one, which --beam does not; leave out "
          + "one of them")
    }
  }

  private func checkInteractive() throws(UsageError) {
    if let prefix {
      throw UsageError("--interactive asks for texts; leave out PREFIX '\(prefix)'")
    }
    for (name, isGiven) in [("beam", beam != nil), ("count", count > 1)] where isGiven {
      throw UsageError("--interactive writes one text after each line; leave out --\(name)")
    }
  }

  private static func unescape(_ text: String) throws(UsageError) -> String {
    guard let result = unescaped(text) else {
      throw UsageError("--escapes knows \\n, \\t, \\r, \\\\ and \\u{HEX}; found '\(text)'")
    }
    return result
  }
}
