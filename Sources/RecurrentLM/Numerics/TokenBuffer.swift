import KernelOperands

/// Tokens in memory that does not move.
final class TokenBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Int32>
  let count: Int
  private let arena: Arena

  /// - Throws: `InsufficientMemory`.
  init(count: Int, in arena: Arena) throws(InsufficientMemory) {
    self.count = count
    self.arena = arena
    base = try arena.take(count, for: .activations)
  }

  deinit { arena.giveBack(base, count, of: .activations) }

  /// A part of a buffer, which must outlive it.
  struct Slice {
    let base: UnsafeMutablePointer<Int32>
    let count: Int
  }

  var all: Slice { self[0..<count] }

  subscript(range: Range<Int>) -> Slice {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "tokens out of bounds")
    return Slice(base: base + range.lowerBound, count: range.count)
  }

  /// - Precondition: all values are in the range of the vocabulary.
  func store(_ values: [Int32]) {
    precondition(values.count == count, "a minibatch has \(count) tokens")
    base.update(from: values, count: count)
  }
}

extension Matrix {
  /// Sets each row to the row of `table` that a token picks, plus the bias.
  func gather(_ table: Matrix, rows tokens: TokenBuffer.Slice, bias: Matrix?) {
    kernels.gatherRows(lookup(in: table, tokens, bias: bias))
  }

  /// The product of one-hot rows with `table`: each row becomes the one that its token picks, plus what it
  /// starts from.
  func gather(_ table: Matrix, rows tokens: TokenBuffer, startingFrom start: ProductStart) {
    switch start {
    case .zero: gather(table, rows: tokens.all, bias: nil)
    case .row(let bias): gather(table, rows: tokens.all, bias: bias)
    case .itself:
      for index in 0..<rows {
        let row = rows(index..<index + 1)
        row.gather(table, rows: tokens[index..<index + 1], bias: row)
      }
    }
  }

  /// The gradient of `gather`: each row of this table becomes the sum of the rows of `dY` whose token
  /// picks it, and `dBias` the sum of all.
  ///
  /// - Parameter groups: those of `dY`'s rows, which may lie there in pairs.
  func setScatter(
    _ dY: Matrix, rows tokens: TokenBuffer.Slice, _ groups: RowGroups, dBias: Matrix?
  ) {
    fill(0)
    dBias?.fill(0)
    precondition(
      groups.count * groups.rows == tokens.count
        && dY.rows == (dY.element.isPair ? groups.pairs : tokens.count), "other groups of rows")
    let lookup = dY.lookup(in: self, tokens, bias: dBias)
    if dY.element.isPair {
      kernels.scatterRowPairs(groups: groups.count, rows: groups.rows, lookup)
    } else {
      kernels.scatterRows(lookup)
    }
  }

  private func lookup(in table: Matrix, _ tokens: TokenBuffer.Slice, bias: Matrix?) -> RowLookup {
    precondition(
      (element.isPair || tokens.count == rows) && table.columns == columns
        && (bias?.columns ?? columns) == columns
        && !isTransposed && !table.isTransposed, "rows looked up in a table of another shape")
    return RowLookup(
      rows: tokens.count, columns: columns, tokens: tokens.base, table: table.base,
      tableRow: table.rowStride, bias: bias?.base, y: base, yRow: rowStride)
  }
}
