import RecurrentLM

/// An axis of a chart, on a terminal or in a picture: which values lie on it, and where.
struct AxisScale: Equatable {
  let range: ClosedRange<Double>
  let isLogarithmic: Bool

  /// The shortest axis on which all the values lie; of the logarithmic kind, all that are above 0.
  init(covering values: some Sequence<Double>, isLogarithmic: Bool) {
    self.isLogarithmic = isLogarithmic
    let shown = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    let (lowest, highest) = (shown.min() ?? 1, shown.max() ?? 1)
    if isLogarithmic {
      // Not so short that noise would look like a slope.
      let margin = max(1, (1.1 * lowest / highest).squareRoot())
      range = lowest / margin...highest * margin
    } else {
      range = (lowest < highest ? lowest : lowest - 1)...highest
    }
  }

  /// Where a value lies: 0 at the lower end, 1 at the upper one; what lies beyond, at the nearest.
  func fraction(of value: Double) -> Double {
    let (lower, upper) = (linear(range.lowerBound), linear(range.upperBound))
    let fraction = (linear(value) - lower) / (upper - lower)
    return fraction.isFinite ? max(0, min(1, fraction)) : 1
  }

  private func linear(_ value: Double) -> Double { isLogarithmic ? log(value) : value }

  /// Round values on the axis, from the lowest to the highest.
  func ticks(atMost limit: Int) -> [Double] {
    guard isLogarithmic else { return linearTicks(atMost: limit) }
    let sets: [[Double]] = [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]
    let found = sets.lazy.map(logarithmicTicks).first { $0.count <= limit }
    guard let found else { return thinned(logarithmicTicks([1]), atMost: limit) }
    return found.count >= min(3, limit) ? found : linearTicks(atMost: limit)
  }

  /// The multiples of the powers of ten on the axis.
  private func logarithmicTicks(_ multiples: [Double]) -> [Double] {
    let exponents =
      Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
    return exponents.flatMap { exponent in
      multiples.map { $0 * pow(10, Double(exponent)) }.filter(range.contains)
    }
  }

  private func thinned(_ ticks: [Double], atMost limit: Int) -> [Double] {
    let step = (ticks.count + max(limit, 1) - 1) / max(limit, 1)
    return stride(from: 0, to: ticks.count, by: max(step, 1)).map { ticks[$0] }
  }

  /// The multiples of 1, 2 or 5 times a power of ten on the axis.
  private func linearTicks(atMost limit: Int) -> [Double] {
    let length = range.upperBound - range.lowerBound
    guard limit > 0, length > 0 else { return [] }
    let power = pow(10, log10(length / Double(limit)).rounded(.down))
    let step =
      [1, 2, 5, 10, 20].map { $0 * power }.first { step in
        (range.upperBound / step).rounded(.down) - (range.lowerBound / step).rounded(.up)
          < Double(limit)
      } ?? length
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    return first > last ? [] : stride(from: first, through: last, by: 1).map { $0 * step }
  }
}

/// A value of an axis, as short as can be: `1`, `2.5`, `20,000`, `2e6`.
func tickText(_ value: Double) -> String {
  if value.magnitude >= 1e6 {
    let exponent = log10(value.magnitude).rounded(.down)
    return "\(tickText(value / pow(10, exponent)))e\(Int(exponent))"
  }
  let digits = fixed(value, decimals: 4)
  let parts = digits.split(separator: ".")
  let fraction = parts.last.map { part in
    String(part.reversed().drop { $0 == "0" }.reversed())
  }
  let whole = grouped(Int(value.rounded(.towardZero)))
  // Rounding to four decimals may carry into the whole number.
  guard let fraction, !fraction.isEmpty else { return grouped(Int(value.rounded())) }
  return "\(whole).\(fraction)"
}
