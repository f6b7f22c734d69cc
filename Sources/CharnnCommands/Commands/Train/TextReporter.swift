import RecurrentLM

/// Reports to people: lines of text and, on a terminal, a progress bar below them.
final class TextReporter: TrainingReporter {
  private let console: Console
  /// `/50` where there are as many.
  private let ofEpochs: String
  /// What e^loss is called.
  private let measure: String
  private let isQuiet: Bool
  private let progressLine: ProgressLine
  /// How much of the training was done by the first report of this run, and when that was.
  private var first: (fraction: Double, time: ContinuousClock.Instant)?

  /// - Parameter epochs: how many there will be; nil: any number.
  init(_ console: Console, epochs: Int?, measure: String, isQuiet: Bool) {
    self.console = console
    ofEpochs = epochs.map { "/\($0)" } ?? ""
    self.measure = measure
    self.isQuiet = isQuiet
    progressLine = ProgressLine(console)
  }

  private func line(_ text: String) throws {
    guard !isQuiet else { return }
    progressLine.clear()
    try console.line(text)
  }

  func begin(_ summary: String) throws { try line(summary) }

  func progress(_ report: MinibatchReport) throws {
    let first = first ?? (report.fractionDone, .now)
    self.first = first
    if let validation = report.validation {
      try line(
        "epoch \(epochText(validation.epoch))\(ofEpochs): held out "
          + perplexityText(validation.perplexity))
    }
    guard !isQuiet else { return }
    progressLine.show(bar(report, first.fraction, first.time))
  }

  private func bar(
    _ report: MinibatchReport, _ first: Double, _ start: ContinuousClock.Instant
  ) -> String {
    let done = min(report.fractionDone, 1)
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let left = elapsed * (1 - done) / (done - first)
    let width = 24
    let filled = Int(Double(width) * done)
    let bar =
      String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    return "[\(bar)] epoch \(report.epoch)\(ofEpochs)  \(measure) "
      + "\(perplexityText(perplexity(ofLoss: report.loss)))  \(duration(left)) left"
  }

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    try line(
      "epoch \(record.epoch)\(ofEpochs): \(measure) \(perplexityText(record.perplexity)), "
        + (record.validationLoss.map { "held out \(perplexityText(perplexity(ofLoss: $0))), " }
          ?? "")
        + "\(grouped(Int(charactersPerSecond.rounded()))) characters per second")
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    try line(lines.map { "    \($0)" }.joined(separator: "\n"))
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    let result =
      checkpoint.map { "\($0) is written, and --resume goes on from it" }
      ?? "there is nothing new to write"
    console.note("stopped after \(counted(epochs, "epoch")); \(result)")
  }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    let trained = trainer.loss.map {
      "\(measure) \(perplexityText(perplexity(ofLoss: $0))), "
    }
    let heldOut = trainer.keptValidation.map { "held out \(perplexityText($0.perplexity)), " }
    try line(
      "\(trained ?? "")\(heldOut ?? "")"
        + "\(grouped(Int(charactersPerSecond.rounded()))) characters per second; "
        + "checkpoint \(checkpoint)")
  }
}
