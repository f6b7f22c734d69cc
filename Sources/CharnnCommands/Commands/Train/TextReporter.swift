import RecurrentLM

/// Reports to people: lines of text and, on a terminal, a chart and a line below them that are redrawn
/// in place.
final class TextReporter: TrainingReporter {
  /// An epoch that takes longer has a line of its own also where the chart shows it, in seconds.
  private static let longEpoch = 5.0
  private let console: Console
  /// `/50` where there are as many.
  private let ofEpochs: String
  /// What e^loss is called.
  private let measure: String
  private let sampleTemperature: Double?
  private let isQuiet: Bool
  private let region: TrainingRegion

  /// - Parameters:
  ///   - epochs: how many there will be; nil: any number.
  ///   - sampleTemperature: nil where samples are not drawn.
  ///   - history: what was trained before this run.
  init(
    _ console: Console, epochs: Int?, measure: String, sampleTemperature: Double? = nil,
    history: TrainingProgress? = nil, isQuiet: Bool
  ) {
    self.console = console
    ofEpochs = epochs.map { "/\($0)" } ?? ""
    self.measure = measure
    self.sampleTemperature = sampleTemperature
    self.isQuiet = isQuiet
    region = TrainingRegion(
      console, ofEpochs: ofEpochs,
      LearningCurve(
        history?.history ?? [], best: history?.bestValidation, measure: measure))
  }

  /// Whether a chart and a line on the terminal show what there would be many lines of.
  private var isLive: Bool {
    console.abilities.animates && console.abilities.outputIsTerminal && region.hasRoom && !isQuiet
  }

  private func line(_ text: StyledText) throws {
    guard !isQuiet else { return }
    try console.line(text)
    if isLive { region.redraw() }
  }

  private func line(_ text: String) throws {
    try line(StyledText(filled(text, columns: console.terminalWidth)))
  }

  func begin(_ summary: String, _ event: JSONLine) throws { try line(summary) }

  func progress(_ report: MinibatchReport) throws {
    guard !isQuiet else { return }
    if let validation = report.validation {
      region.add(validation)
      try line(
        "epoch \(epochText(validation.epoch))\(ofEpochs): held out "
          + perplexityText(validation.perplexity))
    }
    region.show(report)
  }

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    region.add(record, charactersPerSecond: charactersPerSecond)
    guard !isLive || seconds >= TextReporter.longEpoch else { return }
    let heldOut = record.validationLoss.map {
      "held out \(perplexityText(perplexity(ofLoss: $0)))"
    }
    // An epoch that had only to be evaluated still has no speed.
    let speed =
      seconds > 0
      ? "\(grouped(Int(charactersPerSecond.rounded()))) characters per second" : nil
    let trained = "\(measure) \(perplexityText(record.perplexity))"
    try line(
      "epoch \(record.epoch)\(ofEpochs): "
        + [trained, heldOut, speed].compactMap(\.self).joined(separator: ", "))
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    let temperature = sampleTemperature.map { ", temperature \(shortest($0))" } ?? ""
    try line(StyledText("— epoch \(epoch)\(temperature) —", .dim))
    let lines = filled(text, columns: console.terminalWidth.map { max(8, $0 - 4) })
      .split(separator: "\n", omittingEmptySubsequences: false)
    try line(StyledText(lines.map { "    \($0)" }.joined(separator: "\n")))
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    if !isQuiet { region.finish() }
    let result =
      checkpoint.map { "\($0) is written, and --resume goes on from it" }
      ?? "there is nothing new to write"
    console.note("stopped after \(counted(epochs, "epoch")); \(result)")
  }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    if !isQuiet { region.finish() }
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
