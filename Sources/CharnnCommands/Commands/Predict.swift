import RecurrentLM

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `charnn predict`: continues a text.
struct Predict: Subcommand {
  var prefix: String?
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
    without the line end that closes it.
    """

  static var options: [Option<Predict>] {
    [
      .file("model", \.model, "the checkpoint", defaultText: modelDefault),
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
        "unknown", \.unknown, "what to do with characters of PREFIX that the model does not know"),
      .flag(
        "escapes", \.escapes, "\\n, \\t, \\r, \\\\ and \\u{HEX} in PREFIX and --stop are escapes"),
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
    guard let prefix else { throw UsageError("a PREFIX is needed, such as \"the time traveller\"") }
    guard escapes else { return }
    self.prefix = try Predict.unescape(prefix)
    stop = try stop.map(Predict.unescape)
  }

  private static func unescape(_ text: String) throws(UsageError) -> String {
    guard let result = unescaped(text) else {
      throw UsageError("--escapes knows \\n, \\t, \\r, \\\\ and \\u{HEX}; found '\(text)'")
    }
    return result
  }

  func run(_ console: Console) throws -> ExitCode {
    let checkpoint = try Checkpoint(contentsOf: modelPath(model), withTraining: false)
    let vocabulary = checkpoint.vocabulary
    let prefix = try encode(readPrefix(), vocabulary, unknown).ids
    guard !prefix.isEmpty else {
      throw Failure("the prefix has no character that the model knows", .badData)
    }
    let stop = try encodeStop(vocabulary)
    let generator = try Generator(
      checkpoint.model, vocabulary: vocabulary,
      threads: ProcessInfo.processInfo.activeProcessorCount)
    var random = RandomGenerator(seed: seed)
    for _ in 0..<count {
      if json {
        try printJSON(generator, vocabulary, prefix, stop, &random, console)
      } else {
        try stream(generator, vocabulary, prefix, stop, &random, console)
      }
    }
    return .done
  }

  private func encodeStop(_ vocabulary: Vocabulary) throws -> [Int32] {
    let stop = Array((stop ?? "").unicodeScalars)
    let unknown = stop.filter { vocabulary.encodeKnown([$0]).isEmpty }
    guard unknown.isEmpty else {
      throw Failure(
        "--stop has \(Failure.listed(unknown)), which the model never writes", .badData)
    }
    return vocabulary.encodeKnown(stop)
  }

  private func readPrefix() throws -> [Unicode.Scalar] {
    guard prefix == "-" else { return Corpus(prefix ?? "").characters }
    var text = try Corpus(paths: ["-"]).characters
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
}
