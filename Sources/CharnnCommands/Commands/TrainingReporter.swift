import RecurrentLM

/// Says how training goes.
protocol TrainingReporter {
  func begin(_ summary: String) throws
  func progress(_ report: MinibatchReport)
  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws
  func sample(_ epoch: Int, prompt: String, text: String) throws
  /// - Parameter checkpoint: nil where nothing was worth writing.
  func interrupted(_ epochs: Int, checkpoint: String?) throws
  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double) throws
}

/// For machines: one JSON object a line.
struct JSONReporter: TrainingReporter {
  private let console: Console

  init(_ console: Console) { self.console = console }

  func begin(_ summary: String) {}

  func progress(_ report: MinibatchReport) {}

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    var line = JSONLine()
    line.add("event", "epoch")
    line.add("epoch", record.epoch)
    line.add("loss", record.loss)
    line.add("perplexity", record.perplexity)
    line.add("chars_per_second", charactersPerSecond.rounded())
    line.add("learning_rate", record.learningRate)
    line.add("gradient_norm", record.gradientNorm)
    line.add("seconds", seconds)
    try console.line(line.text)
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    var line = JSONLine()
    line.add("event", "sample")
    line.add("epoch", epoch)
    line.add("prompt", prompt)
    line.add("text", text)
    try console.line(line.text)
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    var line = JSONLine()
    line.add("event", "interrupted")
    line.add("epochs", epochs)
    line.add("checkpoint", checkpoint)
    try console.line(line.text)
  }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    let last = trainer.progress.history.last
    var line = JSONLine()
    line.add("event", "done")
    line.add("epochs", trainer.progress.epochsDone)
    line.add("loss", last?.loss)
    line.add("perplexity", last?.perplexity)
    line.add("chars_per_second", charactersPerSecond.rounded())
    line.add("checkpoint", checkpoint)
    line.add("parameters", parameters)
    line.add("kernels", InstructionSet.current.name)
    try console.line(line.text)
  }
}

/// For people: lines, and on a terminal one more that moves.
final class TextReporter: TrainingReporter {
  private let console: Console
  private let epochs: Int
  /// What e^loss is called.
  private let measure: String
  private let isQuiet: Bool
  private let animates: Bool
  private let start = ContinuousClock.now
  private let progressLine: ProgressLine
  /// Epochs done when the clock started, part of one included; set by the first report.
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
    console.note("stopped after \(epochs) epoch\(epochs == 1 ? "" : "s"); \(result)")
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
