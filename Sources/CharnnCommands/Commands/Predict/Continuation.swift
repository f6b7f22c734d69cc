import RecurrentLM

/// Lets a model read texts and writes what it generates after them.
struct Continuation {
  let generator: Generator
  let vocabulary: Vocabulary
  private let settings: Predict
  /// Ends generation once it has been generated; empty: nothing does.
  private let stop: [Int32]

  /// - Throws: `Failure` where the text to stop at has characters that the model does not know.
  init(_ settings: Predict, _ generator: Generator, _ vocabulary: Vocabulary) throws {
    self.generator = generator
    self.vocabulary = vocabulary
    self.settings = settings
    stop = try encodedStop(settings.stop, vocabulary)
  }

  /// Goes on from where the generator is, until it is done or a signal arrives.
  ///
  /// - Parameters:
  ///   - text: what the generator reads before.
  ///   - prompt: `text` as it was given.
  /// - Returns: what has been generated.
  @discardableResult
  func write(
    after text: [Int32], prompt: String, using random: inout RandomGenerator, _ console: Console
  ) throws -> [Int32] {
    settings.json
      ? try writeJSON(after: text, prompt: prompt, using: &random, console)
      : try stream(after: text, prompt: prompt, using: &random, console)
  }

  /// Shows each character as soon as it is generated.
  private func stream(
    after text: [Int32], prompt: String, using random: inout RandomGenerator, _ console: Console
  ) throws -> [Int32] {
    let display = ContinuationDisplay(settings, vocabulary, console)
    // Who has typed it sees it.
    if !settings.interactive { try display.begin(after: prompt) }
    let generated = try generate(after: text, using: &random, display.show)
    try display.end()
    return generated
  }

  /// Prints one JSON object after the last character.
  private func writeJSON(
    after text: [Int32], prompt: String, using random: inout RandomGenerator, _ console: Console
  ) throws -> [Int32] {
    let start = ContinuousClock.now
    var probabilities: [Double] = []
    var alternatives: [[JSONCandidate]] = []
    let generated = try generate(after: text, using: &random) { character in
      if settings.confidence { probabilities.append(character.probability) }
      guard let count = settings.alternatives else { return }
      alternatives.append(
        character.alternatives(count, of: vocabulary).map {
          JSONCandidate(
            character: vocabulary.text(of: [$0.token]), probability: $0.probability)
        })
    }
    var line = jsonLine(
      prompt: prompt, generated, vocabulary,
      seconds: (ContinuousClock.now - start) / .seconds(1))
    line.add("probabilities", settings.confidence ? probabilities : nil)
    line.add("alternatives", settings.alternatives == nil ? nil : alternatives)
    try console.line(line.text)
    return generated
  }

  private func generate(
    after text: [Int32], using random: inout RandomGenerator,
    _ show: (GeneratedCharacter) throws -> Void
  ) throws -> [Int32] {
    generator.read(text)
    return try generator.proceed(
      length: settings.length, sampler: settings.sampler, stop: stop, using: &random
    ) { character in
      try show(character)
      return Interruption.exitCode == nil
    }
  }
}

/// A member of `alternatives`.
private struct JSONCandidate: Encodable {
  let character: String
  let probability: Double
}

/// The numbers of the text to stop at.
///
/// - Throws: `Failure` where it has characters that the model does not know.
func encodedStop(_ stop: String?, _ vocabulary: Vocabulary) throws -> [Int32] {
  let stop = charactersUnifyingLineEnds(stop ?? "")
  let unknown = vocabulary.unknown(in: stop)
  guard unknown.isEmpty else {
    throw Failure("--stop has \(listed(unknown)), which the model never writes", .badData)
  }
  return vocabulary.encodeKnown(stop)
}

extension Vocabulary {
  /// The character before the first one of a line: where the model knows no line feed, the space.
  var lineBreak: Int32? { encodeKnown("\n ".unicodeScalars).first }
}
