import RecurrentLM

/// A parameter, and how its values are spread.
struct TensorSummary: Encodable {
  let name: String
  let shape: [Int]
  /// The square root of the sum of squares.
  let norm: Double
  let mean: Double
  let standardDeviation: Double
  let minimum: Float
  let maximum: Float

  private enum CodingKeys: String, CodingKey {
    case name, shape, norm, mean, minimum, maximum
    case standardDeviation = "standard_deviation"
  }

  init(_ parameter: Parameter, of model: LanguageModel) {
    let values = model.values(of: parameter)
    let count = Double(max(1, values.count))
    let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    name = parameter.name
    shape = parameter.shape
    norm = squares.squareRoot()
    self.mean = mean
    standardDeviation = variance.squareRoot()
    minimum = values.min() ?? 0
    maximum = values.max() ?? 0
  }

  static let header = ["tensor", "shape", "norm", "mean", "deviation", "min", "max"]

  var row: [String] {
    [name, shape.map(String.init).joined(separator: " x ")]
      + [norm, mean, standardDeviation, Double(minimum), Double(maximum)]
      .map { fixed($0, decimals: 4) }
  }
}
