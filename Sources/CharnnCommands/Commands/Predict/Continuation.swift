import RecurrentLM

/// Prints a prefix and what the model writes after it.
struct Continuation {
  private let generator: Generator
  private let vocabulary: Vocabulary
  private let prefix: [Int32]
  private let length: Int
  private let sampler: Sampler
  private let stop: [Int32]

  /// - Parameters:
  ///   - length: how many characters to generate.
  ///   - stop: ends generation once it has been generated; empty: nothing does.
  init(
    _ checkpoint: Checkpoint, prefix: [Int32], length: Int, sampler: Sampler, stop: [Int32]
  ) throws {
    generator = try Generator(
      checkpoint.model(), vocabulary: checkpoint.vocabulary, threads: availableProcessorCount)
    vocabulary = checkpoint.vocabulary
    self.prefix = prefix
    self.length = length
    self.sampler = sampler
    self.stop = stop
  }

  /// Prints each character as soon as it is generated.
  func stream(using random: inout RandomGenerator, _ console: Console) throws {
    try console.write(vocabulary.text(of: prefix))
    try generator.generate(
      after: prefix, length: length, sampler: sampler, stop: stop, using: &random
    ) { character in
      try console.write(character)
      return true
    }
    try console.line("")
  }

  /// Prints one JSON object after the last character.
  func printJSON(using random: inout RandomGenerator, _ console: Console) throws {
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
