import RecurrentLM

/// How closely each unit follows each feature of a text: Pearson's correlation of its activity with it.
struct UnitCorrelations {
  let units: [Unit]
  let features: [TextFeature]
  private var count = 0.0
  private var sums: [Double]
  private var squares: [Double]
  /// By feature and unit.
  private var products: [[Double]]

  /// A correlation of at least this size is telling: a quarter of the variance is shared.
  static let telling = 0.5

  init(_ units: [Unit], _ features: [TextFeature]) {
    self.units = units
    self.features = features
    sums = [Double](repeating: 0, count: units.count)
    squares = sums
    products = [[Double]](repeating: sums, count: features.count)
  }

  /// Takes in what all units have after the character at `position`.
  mutating func add(_ activities: [Float], at position: Int) {
    count += 1
    for (unit, activity) in activities.enumerated() {
      let activity = Double(activity)
      sums[unit] += activity
      squares[unit] += activity * activity
    }
    for feature in features.indices {
      let value = features[feature].values[position]
      for (unit, activity) in activities.enumerated() {
        products[feature][unit] += value * Double(activity)
      }
    }
  }

  /// From -1 to 1; 0 of a unit that is always the same, or beyond all numbers.
  func correlation(feature: Int, unit: Int) -> Double {
    let mean = sums[unit] / count
    let variance = squares[unit] / count - mean * mean
    // What is below is the noise of rounding.
    guard variance > 1e-10, variance.isFinite else { return 0 }
    return products[feature][unit] / count / variance.squareRoot()
  }

  /// For each feature the unit that follows it best, where that is telling; the best first.
  var mostTelling: [TellingUnit] {
    features.indices.compactMap { feature in
      units.indices.map { unit in
        TellingUnit(
          unit: units[unit], feature: features[feature].name,
          correlation: correlation(feature: feature, unit: unit))
      }.max { abs($0.correlation) < abs($1.correlation) }
    }
    .filter { abs($0.correlation) >= UnitCorrelations.telling }
    .sorted { abs($0.correlation) > abs($1.correlation) }
  }
}

/// A unit that follows a feature of the text.
struct TellingUnit {
  let unit: Unit
  let feature: String
  let correlation: Double

  /// `+0.83`
  var correlationText: String {
    (correlation < 0 ? "-" : "+") + fixed(abs(correlation), decimals: 2)
  }
}
