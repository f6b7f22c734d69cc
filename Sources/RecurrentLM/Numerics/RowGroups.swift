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
