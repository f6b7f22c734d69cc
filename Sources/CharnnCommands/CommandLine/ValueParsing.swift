/// The numbers that an option takes.
enum NumberBounds {
  case atLeast(Double)
  case above(Double)
  /// Above the first, up to the second.
  case aboveUpTo(Double, Double)
  /// From the first, below the second.
  case fromBelow(Double, Double)
  case any

  /// - Throws: `InvalidValue` where the text is not a number within the bounds.
  func parse(_ value: String) throws(InvalidValue) -> Double {
    guard let number = Double(value), number.isFinite, contains(number) else {
      throw InvalidValue(expected: description)
    }
    // Most of these numbers are converted to 32-bit floats later.
    let float = Float(number)
    guard float.isFinite, (float == 0) == (number == 0) else {
      throw InvalidValue(expected: "\(description) that a 32-bit float can hold")
    }
    return number
  }

  private func contains(_ number: Double) -> Bool {
    switch self {
    case .atLeast(let bound): number >= bound
    case .above(let bound): number > bound
    case .aboveUpTo(let low, let high): low < number && number <= high
    case .fromBelow(let low, let high): low <= number && number < high
    case .any: true
    }
  }

  private var description: String {
    switch self {
    case .atLeast(let bound): "a number from \(shortest(bound))"
    case .above(let bound): "a number above \(shortest(bound))"
    case .aboveUpTo(let low, let high):
      "a number above \(shortest(low)) and up to \(shortest(high))"
    case .fromBelow(let low, let high):
      "a number from \(shortest(low)) and below \(shortest(high))"
    case .any: "a number"
    }
  }
}

/// Parses a whole number in a range.
func wholeNumber(
  _ value: String, in range: ClosedRange<Int>
) throws(InvalidValue) -> Int {
  guard let number = Int(value), range.contains(number) else {
    let bounds =
      range.upperBound == .max
      ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    throw InvalidValue(expected: "a whole number \(bounds)")
  }
  return number
}

/// A text, which must not be empty.
func nonempty(_ value: String) throws(InvalidValue) -> String {
  guard !value.isEmpty else { throw InvalidValue(expected: "a text that is not empty") }
  return value
}
