import RecurrentLM

/// How one signal of the units of a layer is spread over a text.
struct SignalStatistics {
  let signal: CellSignal
  /// From 0.
  let layer: Int
  let direction: Int
  private var count = 0.0
  private var sum = 0.0
  private var lowCount = 0.0
  private var highCount = 0.0
  private var bins = [Double](repeating: 0, count: 10)

  init(_ signal: CellSignal, layer: Int, direction: Int) {
    self.signal = signal
    self.layer = layer
    self.direction = direction
  }

  mutating func add(_ step: StepActivations) {
    let lowest: Float = signal.scale == .signed ? -1 : 0
    let width = 1 - lowest
    let low: Float =
      switch signal.scale {
      case .gate: 0.1
      case .signed: -0.9
      case .positive: .leastNonzeroMagnitude
      }
    for value in step.values(signal, layer: layer, direction: direction) {
      count += 1
      sum += Double(value)
      if value < low { lowCount += 1 }
      if value > 0.9 { highCount += 1 }
      bins[Int(max(0, min(9, 10 * (value - lowest) / width)))] += 1
    }
  }

  var mean: Double { sum / count }

  /// The share of values that are saturated at the lower end: of a gate below 0.1, of a value from -1 to 1
  /// below -0.9, of a ReLU 0.
  var low: Double { lowCount / count }

  /// The share of values that are saturated at the upper end, above 0.9; nil of a ReLU, which has none.
  var high: Double? { signal.scale == .positive ? nil : highCount / count }

  /// The share of values in each tenth of the range; the last one of a ReLU has all from 0.9 on.
  var histogram: [Double] { bins.map { $0 / count } }

  /// The histogram in ten columns; a share of a half or more is as high as can be.
  var bars: String {
    histogram.map { share in
      share == 0 ? " " : blocks[min(7, Int(16 * share))]
    }.joined()
  }
}

private let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

extension SignalStatistics: Encodable {
  private enum CodingKeys: String, CodingKey {
    case layer, direction, signal, mean, low, high, histogram
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(layer + 1, forKey: .layer)
    try values.encode(directionName(direction), forKey: .direction)
    try values.encode(signal.name, forKey: .signal)
    try values.encode(mean, forKey: .mean)
    try values.encode(low, forKey: .low)
    try values.encode(high, forKey: .high)
    try values.encode(histogram, forKey: .histogram)
  }
}

extension [SignalStatistics] {
  /// One for each signal of each layer and direction.
  init(_ architecture: Architecture) {
    self = (0..<architecture.layers).flatMap { layer in
      (0..<architecture.directions).flatMap { direction in
        architecture.signals.map {
          SignalStatistics($0, layer: layer, direction: direction)
        }
      }
    }
  }

  /// Separated by tabs.
  var table: String {
    (["layer\tdirection\tsignal\tmean\tlow\thigh"]
      + map { row in
        "\(row.layer + 1)\t\(directionName(row.direction))\t\(row.signal.name)\t"
          + "\(fixed(row.mean, decimals: 4))\t\(fixed(row.low, decimals: 4))\t"
          + (row.high.map { fixed($0, decimals: 4) } ?? "-")
      }).joined(separator: "\n")
  }

  /// For people: a block of lines each layer, at most 40 columns wide.
  func chart(_ architecture: Architecture) -> StyledText {
    var text = StyledText()
    text.append(rightAligned("mean  low high  spread", columns: 34), .dim)
    var title: String?
    for row in self {
      let name = architecture.name(ofLayer: row.layer, direction: row.direction)
      if name != title {
        text.append("\n\(name)", .bold)
        title = name
      }
      text.append(
        "\n" + padded(row.signal.name, columns: 12)
          + rightAligned(fixed(abs(row.mean) < 0.005 ? 0 : row.mean, decimals: 2), columns: 6)
          + rightAligned(percent(row.low), columns: 5)
          + rightAligned(row.high.map(percent) ?? "-", columns: 5) + " ")
      text.append(row.bars, .training)
    }
    return text
  }
}

private func percent(_ share: Double) -> String { "\(fixed(100 * share, decimals: 0))%" }
