import RecurrentLM

/// What an evaluation found, as it is printed.
struct EvaluationResult {
  let evaluation: Evaluation
  /// What e^loss is called.
  let measure: String
  /// How many characters were skipped.
  let unknown: Int
  let seconds: Double
  /// nil where there is no other model.
  var comparison: ModelComparison?

  init(
    _ evaluation: Evaluation, _ checkpoint: Checkpoint, unknown: Int,
    since start: ContinuousClock.Instant
  ) {
    self.evaluation = evaluation
    measure = checkpoint.configuration.architecture.objective.measure
    self.unknown = unknown
    seconds = (ContinuousClock.now - start) / .seconds(1)
  }

  var object: String {
    var line = JSONLine()
    line.add("loss", evaluation.loss)
    line.add(measure.replacing("-", with: "_"), evaluation.perplexity)
    line.add("bits_per_character", evaluation.bitsPerCharacter)
    line.add("characters", evaluation.characters)
    line.add("unknown", unknown)
    if let comparison {
      line.add("other_loss", comparison.other.loss)
      line.add("other_bits_per_character", comparison.other.bitsPerCharacter)
      line.add("better_lines", comparison.better)
      line.add("other_better_lines", comparison.otherBetter)
    }
    line.add("seconds", seconds)
    return line.text
  }

  /// Lines for people.
  var summary: [String] {
    guard let comparison else { return [figures(evaluation)] }
    return [
      "\(comparison.names.model): \(figures(evaluation))",
      "\(comparison.names.other): \(figures(comparison.other))",
      comparison.verdict(evaluation),
    ]
  }

  private func figures(_ evaluation: Evaluation) -> String {
    let skipped = unknown == 0 ? "" : ", \(grouped(unknown)) unknown skipped"
    return "loss \(fixed(evaluation.loss, decimals: 4)) nats per character, \(measure) "
      + "\(perplexityText(evaluation.perplexity)), "
      + "\(fixed(evaluation.bitsPerCharacter, decimals: 4)) bits per character "
      + "(\(grouped(evaluation.characters)) characters\(skipped))"
  }
}

/// How a second model did on the same characters.
struct ModelComparison {
  let names: (model: String, other: String)
  let other: Evaluation
  /// Lines that the model predicts better, and those that the other one does.
  let better: Int
  let otherBetter: Int

  /// Which model is better, on how many lines and in total.
  func verdict(_ evaluation: Evaluation) -> String {
    let difference = evaluation.bitsPerCharacter - other.bitsPerCharacter
    let winner = difference <= 0 ? names.model : names.other
    let total =
      difference == 0
      ? "in total they are equal"
      : "in total \(winner) is better, by \(fixed(abs(difference), decimals: 4)) bits per character"
    return "\(names.model) is better on \(counted(better, "line")), \(names.other) on "
      + "\(grouped(otherBetter)); \(total)"
  }
}

/// Shows on a terminal how far an evaluation is.
final class EvaluationProgress {
  private let line: ProgressLine
  private let start = ContinuousClock.now

  init(_ console: Console) { line = ProgressLine(console) }

  /// - Parameters:
  ///   - fraction: of the work, that is done.
  ///   - characters: of the whole text.
  func show(_ fraction: Double, characters: Int) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    line.show(
      "\(Int(100 * fraction))%  \(grouped(Int(fraction * Double(characters) / max(seconds, 1e-3)))) "
        + "characters per second  \(duration(seconds * (1 - fraction) / fraction)) left")
  }

  func clear() { line.clear() }
}
