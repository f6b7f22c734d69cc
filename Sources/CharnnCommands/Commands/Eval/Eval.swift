import RecurrentLM

/// `charnn eval`: measures how well a model predicts a text.
struct Eval: Subcommand {
  var corpus: [String] = []
  var model: String?
  var text: TextMode?
  var string: String?
  var streams = 1
  var adapt: Double?
  var precision: Precision?
  var showsCharacters = false
  var showsLines = false
  var worst: Int?
  var against: String?
  var html: String?
  var maxPerplexity: Double?
  var unknown = UnknownCharacters.error
  var threads = availableProcessorCount
  var json = false
  var noColor = false

  static let name = "eval"
  static let summary = "Measure how well a model predicts a text."
  static let operandUsage = "[CORPUS ...]"
  static let examples = [
    CommandExample("charnn eval book.txt", "how well it is predicted"),
    CommandExample("charnn eval log.txt --worst 10", "its oddest lines"),
    CommandExample("charnn eval --string \"It was late.\" --chars", "character by character"),
    CommandExample("charnn eval book.txt --against b.safetensors", "who wrote which line?"),
    CommandExample("charnn eval book.txt --html book.html", "a shaded page"),
    CommandExample("charnn eval book.txt --max-perplexity 4", "exit code 1 if it is worse"),
  ]
  static let discussion = """
    Prints loss (nats per character), perplexity and bits per character of a text
    under a checkpoint. CORPUS is as in 'charnn train'; with none, the text that the
    model was trained on, if that is built in. A model trained with --objective
    cloze has a pseudo-perplexity instead, of each character given all others.
    --chars, --lines and --against print tables; the result then goes to standard
    error.
    """

  static var optionGroups: [OptionGroup<Eval>] {
    [
      OptionGroup(title: "what is measured", options: measureOptions),
      OptionGroup(title: "in detail", options: detailOptions),
      OptionGroup(title: "output", options: outputOptions),
    ]
  }

  private static var measureOptions: [Option<Eval>] {
    [
      .file("model", \.model, "the checkpoint", defaultText: modelDefault),
      .optionalChoice("text", \.text, "as in 'charnn train'", defaultText: "as in training"),
      .text("string", "TEXT", \.string, "measure this text instead of a CORPUS"),
      .integer(
        "streams", \.streams, 1...1_000_000,
        "1: read the text as one stream from a zero state, predicting all but its first character; "
          + "N: cut it into N equal streams, as training does"),
      .optionalNumber(
        "adapt", \.adapt, .above(0),
        "dynamic evaluation: whenever as many characters of each stream as --steps of the training "
          + "have been scored, the model takes a step of gradient descent on them, with learning rate "
          + "X; 0.05 is good for most. It computes in Float, and the checkpoint stays as it is"),
      .choice("unknown", \.unknown, "what to do with characters that the model does not know"),
      .precision(\.precision),
      .integer(
        "threads", \.threads, 1...1024,
        "threads, at most one per core; the result does not depend on their number",
        defaultText: "all cores"),
    ]
  }

  private static var detailOptions: [Option<Eval>] {
    [
      .flag(
        "chars", \.showsCharacters,
        "each predicted character with its surprisal: on a terminal with colours the text itself, "
          + "shaded, and the most surprising places; else a table of character, tab, bits"),
      .flag(
        "lines", \.showsLines,
        "each line with its bits per character, those of its line feed included: aligned and shaded "
          + "on a terminal, else a table of file, line, bits per character, characters, text"),
      .optionalInteger(
        "worst", \.worst, 1...10_000,
        "only the N lines with the most bits per character, those first (implies --lines); with "
          + "--against, those that --model predicts worst compared to it"),
      .file(
        "against", \.against,
        "compare with another checkpoint, line by line: bits per character under --model, under FILE, "
          + "and the difference, which is below 0 where --model predicts better"),
      .file(
        "html", \.html,
        "write the text as a page, shaded by surprisal, or by line and difference with --against"),
    ]
  }

  private static var outputOptions: [Option<Eval>] {
    [
      .optionalNumber(
        "max-perplexity", \.maxPerplexity, .above(0), "exit with 1 if the perplexity is above X"),
      .flag(
        "json", \.json, "print one JSON object; with --lines or --against, one more for each line"),
      .noColor(\.noColor),
    ]
  }

  mutating func take(operand: String) { corpus.append(operand) }

  mutating func finish(given: [GivenOption<Eval>]) throws(UsageError) {
    if string != nil && !corpus.isEmpty {
      throw UsageError("--string and CORPUS are both given; give one of them")
    }
    if adapt != nil, let precision, precision != .float {
      throw UsageError(
        "--adapt trains the model in Float; leave out --precision \(precision.rawValue)")
    }
    if worst != nil || against != nil { showsLines = !showsCharacters }
    let details = [
      (showsCharacters, "--chars"), (worst != nil, "--worst"), (against != nil, "--against"),
      (showsLines, "--lines"), (html != nil, "--html"),
    ]
    if let detail = details.first(where: \.0)?.1, streams > 1 {
      throw UsageError("\(detail) needs the text as one stream; leave out --streams")
    }
    for (isGiven, name) in [(json, "--json")] + details[1...3] where showsCharacters && isGiven {
      throw UsageError("--chars and \(name) both print to standard output; give one of them")
    }
  }
}
