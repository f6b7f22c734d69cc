import RecurrentLM

/// Reports to people: lines of text and, on a terminal, a progress bar below them.
final class TextReporter: TrainingReporter {
  private let console: Console
  private let epochs: Int
  /// What e^loss is called.
  private let measure: String
  private let isQuiet: Bool
  private let animates: Bool
  private let start = ContinuousClock.now
  private let progressLine: ProgressLine
  /// How many epochs had been done, with a fraction, before the first minibatch of this run; set by the
  /// first report.
  private var epochsAtStart: Double?

  init(_ console: Console, epochs: Int, measure: String, isQuiet: Bool, animates: Bool) {
    self.console = console
    self.epochs = epochs
    self.measure = measure
    self.isQuiet = isQuiet
    self.animates = animates && !isQuiet
    progressLine = ProgressLine(console)
  }

  private func line(_ text: String) throws {
    guard !isQuiet else { return }
    if animates { progressLine.clear() }
    try console.line(text)
  }

  func begin(_ summary: String) throws { try line(summary) }

  func progress(_ report: MinibatchReport) {
    let done = Double(report.epoch - 1) + Double(report.done) / Double(report.count)
    let first = epochsAtStart ?? done - 1 / Double(report.count)
    epochsAtStart = first
    guard animates else { return }
    progressLine.show(bar(report, done: done, first: first))
  }

  private func bar(_ report: MinibatchReport, done: Double, first: Double) -> String {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let left = elapsed * (Double(epochs) - done) / (done - first)
    let width = 24
    let filled = Int(Double(width) * done / Double(epochs))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    return "[\(bar)] epoch \(report.epoch)/\(epochs)  \(measure) "
      + "\(perplexityText(perplexity(ofLoss: report.loss)))  \(duration(left)) left"
  }

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    try line(
      "epoch \(record.epoch)/\(epochs): \(measure) \(perplexityText(record.perplexity)), "
        + "\(grouped(Int(charactersPerSecond.rounded()))) characters per second")
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    try line(lines.map { "    \($0)" }.joined(separator: "\n"))
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    if animates { progressLine.clear() }
    let result =
      checkpoint.map { "\($0) is written, and --resume goes on from it" }
      ?? "there is nothing new to write"
    console.note("stopped after \(counted(epochs, "epoch")); \(result)")
  }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    guard let last = trainer.progress.history.last else { return }
    try line(
      "\(measure) \(perplexityText(last.perplexity)), "
        + "\(grouped(Int(charactersPerSecond.rounded()))) characters per second; "
        + "checkpoint \(checkpoint)")
  }
}
