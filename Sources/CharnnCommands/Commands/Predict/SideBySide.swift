import RecurrentLM

/// Stands between the texts of `--count`.
let textSeparator = StyledText("--", .dim)

extension Predict {
  /// The most texts that are generated at a time: with more, the weights are read no less often to speak of.
  private static let textsAtATime = 64

  /// Each text has a seed of its own, so it does not depend on the texts before it: the second text of
  /// `--seed 7` is the first one of `--seed 8`.
  func seed(ofText index: Int) -> UInt64 { seed &+ UInt64(index) }

  /// Prints `count` texts, generated side by side: those of one after another, character for character.
  ///
  /// - Throws: `InsufficientMemory`, `OutputError`, `Failure`.
  func printSideBySide(
    after text: [Int32], prompt: String, _ checkpoint: Checkpoint, _ console: Console
  ) throws {
    let vocabulary = checkpoint.vocabulary
    let stop = try encodedStop(stop, vocabulary)
    let generator = try BatchGenerator(
      checkpoint.model(), vocabulary: vocabulary, batch: min(count, Predict.textsAtATime),
      threads: availableProcessorCount)
    for first in stride(from: 0, to: count, by: generator.batch) {
      let start = ContinuousClock.now
      var generators = (first..<min(first + generator.batch, count)).map {
        RandomGenerator(seed: seed(ofText: $0))
      }
      let continuations = generator.continuations(
        of: text, length: length, sampler: sampler, stop: stop, using: &generators)
      let seconds = (ContinuousClock.now - start) / .seconds(1) / Double(continuations.count)
      for (index, characters) in continuations.enumerated() {
        if json {
          try console.line(
            jsonLine(prompt: prompt, characters, vocabulary, seconds: seconds).text)
        } else {
          if first + index > 0 { try console.line(textSeparator) }
          try console.line(prompt + vocabulary.text(of: characters))
        }
      }
    }
  }
}

/// The object that `--json` prints of a text.
func jsonLine(
  prompt: String, _ generated: [Int32], _ vocabulary: Vocabulary, seconds: Double
) -> JSONLine {
  var line = JSONLine()
  line.add("prompt", prompt)
  line.add("text", prompt + vocabulary.text(of: generated))
  line.add("characters", generated.count)
  line.add("seconds", seconds)
  return line
}
