/// What the factors of a model's products are rounded to. Sums, and all that is no product, are Floats.
public enum Precision: String, Codable, CaseIterable, Sendable {
  /// Not at all.
  case float
  /// To bfloat16, the upper half of a Float: weights once an update, activations and gradients of gates
  /// once where they are made.
  case bfloat16
  /// To int8: for models that are only read. What is not bounded is rounded to bfloat16.
  case int8
}

/// What a matrix holds.
enum Element: Equatable, Sendable {
  case float
  /// Two bfloat16 in the place of a Float: of neighbouring columns in a left factor of a product, of
  /// neighbouring rows in a right one. Columns, or rows, are counted in pairs.
  case pair(PairOrder)
  /// Four int8 in the place of a Float, likewise: the values in ±bound of a left factor, or those of a right
  /// factor that is multiplied with one.
  case quad(bound: Float)

  var isPair: Bool { if case .pair = self { true } else { false } }

  /// How many columns or rows of floats one takes the place of.
  var width: Int {
    switch self {
    case .float: 1
    case .pair: 2
    case .quad: 4
    }
  }
}
