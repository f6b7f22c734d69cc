import RecurrentLM

/// The chart and the line at the bottom of a terminal that show how training goes.
final class TrainingRegion {
  /// More points than dots of a chart.
  private static let mostPoints = 1000
  private let console: Console
  private let ofEpochs: String
  private var curve: LearningCurve
  private let progressLine: ProgressLine
  /// How much of the training was done by the first report of this run, and when that was.
  private var first: (fraction: Double, time: Duration)?
  /// nil before and after training.
  private var last: MinibatchReport?
  /// Of the last epoch of this run.
  private var charactersPerSecond: Double?

  /// - Parameter curve: of what was trained before this run.
  init(_ console: Console, ofEpochs: String, _ curve: LearningCurve) {
    self.console = console
    self.ofEpochs = ofEpochs
    self.curve = curve
    progressLine = ProgressLine(console)
  }

  func add(_ validation: ValidationRecord) {
    curve.append(
      heldOut: LearningCurve.Point(
        epoch: validation.epoch, perplexity: validation.perplexity))
  }

  func add(_ record: EpochRecord, charactersPerSecond: Double) {
    curve.append(record)
    curve.thin(to: TrainingRegion.mostPoints)
    self.charactersPerSecond = charactersPerSecond
  }

  /// Draws all anew, unless that was done a moment ago.
  func show(_ report: MinibatchReport) {
    let first = first ?? (report.fractionDone, RunningTime.now)
    self.first = first
    last = report
    progressLine.show(chartLines + [line(report, first)])
  }

  /// Draws all anew below what has been written.
  func redraw() {
    if let first, let last { console.animate(chartLines + [line(last, first)]) }
  }

  /// Leaves the chart on the terminal.
  func finish() {
    last = nil
    console.animate(chartLines)
    console.finishAnimation()
  }

  /// Whether the terminal is large enough for a chart.
  var hasRoom: Bool { console.abilities.rows() >= 10 && console.abilities.columns() >= 24 }

  /// None before there is a curve, or where there is no room.
  private var chartLines: [StyledText] {
    guard curve.training.count > 1 else { return [] }
    return chart(
      curve, columns: console.abilities.columns() - 1,
      rows: min(10, console.abilities.rows() / 2))
  }

  private func line(
    _ report: MinibatchReport, _ first: (fraction: Double, time: Duration)
  ) -> StyledText {
    let done = min(report.fractionDone, 1)
    let elapsed = (RunningTime.now - first.time) / .seconds(1)
    let left = elapsed * (1 - done) / (done - first.fraction)
    let trained = perplexityText(perplexity(ofLoss: report.loss))
    let heldOut = curve.heldOut.last.map { "held out \(perplexityText($0.perplexity))" }
    let speed = charactersPerSecond.map { grouped(Int($0.rounded())) }
    let shortMeasure = curve.measure.replacing("perplexity", with: "ppl")
    return FittedLine(
      parts: [
        FittedLine.Part(
          forms: ["epoch \(report.epoch)\(ofEpochs)", "\(report.epoch)\(ofEpochs)"],
          concessions: [7]),
        FittedLine.Part(
          forms: ["\(curve.measure) \(trained)", "\(shortMeasure) \(trained)"], style: .training,
          concessions: [5]),
        FittedLine.Part(forms: [heldOut].compactMap(\.self), style: .heldOut, concessions: [4]),
        FittedLine.Part(
          forms: speed.map { ["\($0) characters/s", "\($0)/s"] } ?? [],
          concessions: [1, 2]),
        FittedLine.Part(
          forms: left.isFinite ? ["\(duration(left)) left", "\(roughDuration(left)) left"] : [],
          concessions: [3, 6]),
      ]
    ).fitted(columns: console.abilities.columns() - 1)
  }
}
