import RecurrentLM

/// Prints a prefix and the most probable continuation that a beam search finds.
///
/// - Parameters:
///   - prefix: what the model reads.
///   - prompt: what is shown of it.
///   - width: how many hypotheses are kept.
func printMostProbable(
  after prefix: [Int32], prompt: String, length: Int, stop: [Int32], width: Int,
  _ checkpoint: Checkpoint, asJSON: Bool, _ console: Console
) throws {
  let start = ContinuousClock.now
  let vocabulary = checkpoint.vocabulary
  let generator = try BeamGenerator(
    checkpoint.model(), vocabulary: vocabulary, width: width, threads: availableProcessorCount)
  let found = try generator.continuation(of: prefix, length: length, stop: stop)
  let text = prompt + vocabulary.text(of: found.characters)
  guard asJSON else { return try console.line(text) }
  var line = JSONLine()
  line.add("prompt", prompt)
  line.add("text", text)
  line.add("characters", found.characters.count)
  line.add("log_probability", found.logProbability)
  line.add("seconds", (ContinuousClock.now - start) / .seconds(1))
  try console.line(line.text)
}
