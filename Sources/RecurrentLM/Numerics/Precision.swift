/// What the factors of a model's products are rounded to. Sums, and all that is no product, are Floats.
public enum Precision: String, Codable, CaseIterable, Sendable {
  /// Not at all.
  case float
  /// To bfloat16, the upper half of a Float: weights once an update, activations and gradients of gates
  /// once where they are made.
  case bfloat16
}

/// What a matrix holds.
enum Element: Sendable {
  case float
  /// Two bfloat16 in the place of a Float: of neighbouring columns in a left factor of a product, of
  /// neighbouring rows in a right one. Columns, or rows, are counted in pairs.
  case pair
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
