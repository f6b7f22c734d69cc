import Corpora
import RecurrentLM

/// `charnn eval`: measures how well a model predicts a text.
struct Eval: Subcommand {
  var corpus: [String] = []
  var model: String?
  var text: TextMode?
  var string: String?
  var streams = 1
  var adapt: Double?
  var showsCharacters = false
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
    CommandExample("charnn eval --string \"It was late.\" --chars", "character by character"),
    CommandExample("charnn eval book.txt --max-perplexity 4", "exit code 1 if it is worse"),
    CommandExample("charnn eval book.txt --adapt 0.05", "learning from it as it is read"),
  ]
  static let discussion = """
    Prints loss (nats per character), perplexity and bits per character of a text
    under a checkpoint. CORPUS is as in 'charnn train'; with none, the text that the
    model was trained on, if that is built in. A model trained with --objective
    cloze has a pseudo-perplexity instead, of each character given all others.
    """

  static var optionGroups: [OptionGroup<Eval>] { [OptionGroup(title: nil, options: allOptions)] }

  private static var allOptions: [Option<Eval>] {
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
          + "X; 0.05 is good for most. The checkpoint stays as it is"),
      .flag(
        "chars", \.showsCharacters,
        "print each predicted character, a tab and its surprisal in bits (one stream only)"),
      .optionalNumber(
        "max-perplexity", \.maxPerplexity, .above(0), "exit with 1 if the perplexity is above X"),
      .choice("unknown", \.unknown, "what to do with characters that the model does not know"),
      .integer(
        "threads", \.threads, 1...1024,
        "threads, at most one per core; the result does not depend on their number",
        defaultText: "all cores"),
      .flag("json", \.json, "print one JSON object"),
      .noColor(\.noColor),
    ]
  }

  mutating func take(operand: String) { corpus.append(operand) }

  mutating func finish(given: [GivenOption<Eval>]) throws(UsageError) {
    if string != nil && !corpus.isEmpty {
      throw UsageError("--string and CORPUS are both given; give one of them")
    }
    if showsCharacters && streams > 1 {
      throw UsageError("--chars needs the text as one stream; leave out --streams")
    }
    if showsCharacters && json {
      throw UsageError("--chars and --json both print to standard output; give one of them")
    }
  }

  func run(_ console: Console) throws -> ExitCode {
    let checkpoint = try Checkpoint(contentsOf: modelPath(model))
    guard adapt == nil || checkpoint.configuration.architecture.objective == .next else {
      throw Failure(
        "\(checkpoint.path): this model was trained to fill gaps; --adapt is for models that predict "
          + "the next character", .badData)
    }
    let (ids, skipped) = try encodedText(checkpoint, console)
    guard ids.count > streams else {
      throw Failure(
        "the text has \(counted(ids.count, "character")) that the model knows; "
          + "\(counted(streams, "stream")) need\(streams == 1 ? "s" : "") at least \(streams + 1)",
        .badData)
    }
    let start = ContinuousClock.now
    let evaluation = try evaluate(ids, checkpoint, console)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let measure = checkpoint.configuration.architecture.objective.measure
    try report(evaluation, measure, unknown: skipped, seconds: seconds, console)
    if let maxPerplexity, !(evaluation.perplexity <= maxPerplexity) {
      console.note(
        "\(measure) \(perplexityText(evaluation.perplexity)) is above --max-perplexity "
          + shortest(maxPerplexity))
      return .thresholdMissed
    }
    return .done
  }

  private func encodedText(
    _ checkpoint: Checkpoint, _ console: Console
  ) throws -> (tokens: Tokens, skipped: Int) {
    let text = try readText(checkpoint, console)
    switch unknown {
    case .error: return (try text.numbered(by: checkpoint.vocabulary), 0)
    case .skip: return try text.numberedSkippingUnknown(by: checkpoint.vocabulary)
    }
  }

  private func readText(_ checkpoint: Checkpoint, _ console: Console) throws -> CorpusText {
    let training = checkpoint.configuration.training
    let mode = text ?? training.text
    if let string { return try Corpus(string).read(mode) }
    if !corpus.isEmpty { return try readCorpora(corpus, mode, limit: nil, console) }
    guard checkpoint.corpus.allSatisfy({ BuiltInCorpus(rawValue: $0) != nil }) else {
      throw UsageError(
        "a CORPUS is needed: the model was trained on \(checkpoint.corpus.joined(separator: ", ")),"
          + " which is not built in", command: Eval.name)
    }
    return try readCorpora(checkpoint.corpus, mode, limit: training.maxCharacters, console)
  }

  private func evaluate(
    _ ids: Tokens, _ checkpoint: Checkpoint, _ console: Console
  ) throws -> Evaluation {
    let evaluator = Evaluator(
      try checkpoint.model(), threads: usableThreads(threads, console),
      steps: checkpoint.configuration.training.steps)
    guard showsCharacters else {
      return try evaluator.evaluate(ids, streams: streams, adaptationRate: adapt)
    }
    return try evaluator.evaluate(ids, adaptationRate: adapt) { position, nats in
      let character = escaped(checkpoint.vocabulary.tokens[Int(ids[position])])
      try console.line("\(character)\t\(fixed(bits(ofNats: nats), decimals: 3))")
    }
  }

  private func report(
    _ evaluation: Evaluation, _ measure: String, unknown: Int, seconds: Double, _ console: Console
  ) throws {
    if json {
      var line = JSONLine()
      line.add("loss", evaluation.loss)
      line.add(measure.replacing("-", with: "_"), evaluation.perplexity)
      line.add("bits_per_character", evaluation.bitsPerCharacter)
      line.add("characters", evaluation.characters)
      line.add("unknown", unknown)
      line.add("seconds", seconds)
      return try console.line(line.text)
    }
    let skipped = unknown == 0 ? "" : ", \(grouped(unknown)) unknown skipped"
    try console.line(
      "loss \(fixed(evaluation.loss, decimals: 4)) nats per character, \(measure) "
        + "\(perplexityText(evaluation.perplexity)), "
        + "\(fixed(evaluation.bitsPerCharacter, decimals: 4)) bits per character "
        + "(\(grouped(evaluation.characters)) characters\(skipped))")
  }
}
