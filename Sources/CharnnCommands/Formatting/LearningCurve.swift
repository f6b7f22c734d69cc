import RecurrentLM

/// How the perplexity of a model fell while it was trained.
struct LearningCurve: Equatable {
  struct Point: Equatable {
    /// From the start of the training, with a fraction within an epoch.
    var epoch: Double
    var perplexity: Double
  }

  /// What the values are called; see `Objective.measure`.
  var measure = "perplexity"
  var training: [Point] = []
  var heldOut: [Point] = []
  /// The lowest of the held-out text, which may lie within an epoch; without one, of training.
  var best: Point?

  init(measure: String = "perplexity") { self.measure = measure }

  init(_ history: [EpochRecord], best: ValidationRecord?, measure: String) {
    self.measure = measure
    for record in history { append(record) }
    if let best { consider(Point(epoch: best.epoch, perplexity: best.perplexity)) }
  }

  var points: [Point] { training + heldOut + [best].compactMap(\.self) }

  mutating func append(_ record: EpochRecord) {
    let epoch = Double(record.epoch)
    let trained = Point(epoch: epoch, perplexity: record.perplexity)
    training.append(trained)
    if let loss = record.validationLoss {
      append(heldOut: Point(epoch: epoch, perplexity: perplexity(ofLoss: loss)))
    } else if heldOut.isEmpty {
      consider(trained)
    }
  }

  mutating func append(heldOut point: Point) {
    if heldOut.isEmpty { best = nil }
    heldOut.append(point)
    consider(point)
  }

  private mutating func consider(_ point: Point) {
    if point.perplexity < best?.perplexity ?? .infinity { best = point }
  }

  /// Of a curve with more points than can be told apart, every second one.
  mutating func thin(to limit: Int) {
    training = halved(training, above: limit)
    heldOut = halved(heldOut, above: limit)
  }

  private func halved(_ points: [Point], above limit: Int) -> [Point] {
    var points = points
    while points.count > max(limit, 2) {
      // The last one stays.
      let parity = (points.count - 1) % 2
      points = points.indices.filter { $0 % 2 == parity }.map { points[$0] }
    }
    return points
  }

  /// The axes on which some curves lie.
  static func axes(_ curves: [LearningCurve]) -> (epochs: AxisScale, perplexity: AxisScale) {
    let points = curves.flatMap(\.points)
    return (
      AxisScale(covering: points.map(\.epoch), isLogarithmic: false),
      AxisScale(covering: points.map(\.perplexity), isLogarithmic: true)
    )
  }
}

extension Checkpoint {
  var learningCurve: LearningCurve {
    LearningCurve(
      history, best: bestValidation, measure: configuration.architecture.objective.measure)
  }
}
