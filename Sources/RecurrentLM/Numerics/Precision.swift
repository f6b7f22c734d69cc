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
  case pair
  /// Four int8 in the place of a Float, likewise: the values in ±bound of a left factor, or those of a right
  /// factor that is multiplied with one.
  case quad(bound: Float)

  /// How many columns or rows of floats one takes the place of.
  var width: Int {
    switch self {
    case .float: 1
    case .pair: 2
    case .quad: 4
    }
  }
}

/// What the factors of a network's products hold.
struct FactorElements: Sendable {
  /// The embedding's rows.
  let embedding: Element
  /// The hidden states.
  let hidden: Element
  private let outputsAreSums: Bool

  init(_ architecture: Architecture, _ precision: Precision) {
    let isBounded = architecture.cell != .rnn || architecture.activation == .tanh
    switch precision {
    case .float: (embedding, hidden) = (.float, .float)
    case .bfloat16: (embedding, hidden) = (.pair, .pair)
    case .int8: (embedding, hidden) = (.pair, isBounded ? .quad(bound: 1) : .pair)
    }
    outputsAreSums = architecture.residual
  }

  /// What a layer hands on: its hidden states, in a residual stack plus those of all layers below.
  func outputs(ofLayer layer: Int) -> Element {
    guard case .quad(let bound) = hidden, outputsAreSums else { return hidden }
    return .quad(bound: bound * Float(layer + 1))
  }
}

/// Rows that follow each other in groups of equal size, such as the sequences of one time step. Rows are
/// paired within their group; the last of an odd group is paired with zeros.
struct RowGroups: Equatable, Sendable {
  let count: Int
  let rows: Int

  /// Pairs of rows in all.
  var pairs: Int { count * pairsOfGroup }

  /// The pairs of rows of some whole groups.
  func pairs(ofRows range: Range<Int>) -> Range<Int> {
    precondition(
      range.lowerBound.isMultiple(of: rows) && range.upperBound.isMultiple(of: rows), "whole groups"
    )
    return range.lowerBound / rows * pairsOfGroup..<range.upperBound / rows * pairsOfGroup
  }

  private var pairsOfGroup: Int { (rows + 1) / 2 }
}
