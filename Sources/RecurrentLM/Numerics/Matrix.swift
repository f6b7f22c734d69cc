/// A view of a row-major matrix of floats in memory that someone else owns.
///
/// Widths are padded to a multiple of 16 with zeros, and rows lie an odd number of cache lines
/// apart: rows at a distance of a power of two would fall into the same few sets of the cache.
///
/// Unchecked: threads write disjoint parts and meet at barriers in between.
struct Matrix: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  let rowStride: Int
  private(set) var columnStride = 1

  /// The number of columns that are stored for `count` that are meant.
  static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// The distance of two rows, in floats.
  static func stride(columns: Int) -> Int { (padded(columns) / 16 | 1) * 16 }

  init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, rowStride: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
  }

  subscript(row: Int, column: Int) -> Float {
    get { base[offset(row, column)] }
    nonmutating set { base[offset(row, column)] = newValue }
  }

  private func offset(_ row: Int, _ column: Int) -> Int {
    precondition(0 <= row && row < rows && 0 <= column && column < columns, "index out of bounds")
    return row * rowStride + column * columnStride
  }

  /// The same elements with rows and columns exchanged; nothing moves.
  var transposed: Matrix {
    var view = Matrix(base: base, rows: columns, columns: rows, rowStride: columnStride)
    view.columnStride = rowStride
    return view
  }

  func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows out of bounds")
    var view = Matrix(
      base: base + range.lowerBound * rowStride, rows: range.count, columns: columns,
      rowStride: rowStride)
    view.columnStride = columnStride
    return view
  }

  func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns out of bounds")
    var view = Matrix(
      base: base + range.lowerBound * columnStride, rows: rows, columns: range.count,
      rowStride: rowStride)
    view.columnStride = columnStride
    return view
  }

  /// The `index`-th of equally wide groups of columns, such as one gate of several.
  func block(_ index: Int, width: Int) -> Matrix {
    columns(index * width..<(index + 1) * width)
  }

  func fill(_ value: Float) {
    for row in 0..<rows { (base + row * rowStride).update(repeating: value, count: columns) }
  }

  func copy(from other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
    for row in 0..<rows {
      (base + row * rowStride).update(from: other.base + row * other.rowStride, count: columns)
    }
  }

  /// Sets this matrix to the transposed `other`.
  func copy(transposing other: Matrix) {
    precondition(rows == other.columns && columns == other.rows, "matrices of different shapes")
    kernels.transpose(
      rows: other.rows, columns: other.columns, source: other.base, sourceRow: other.rowStride,
      destination: base, destinationRow: rowStride)
  }

  /// What a product is added to.
  enum Start {
    case zero
    /// What the result holds already.
    case itself
    /// The same row for every row of the result.
    case row(Matrix)
  }

  /// self = start + a · b, with self (M, N), a (M, K), b (K, N).
  func setProduct(_ a: Matrix, _ b: Matrix, startingFrom start: Start = .zero) {
    precondition(
      a.rows == rows && a.columns == b.rows && b.columns == columns && columns % 16 == 0
        && columnStride == 1 && b.columnStride == 1, "product of unfit shapes")
    let (origin, originRow): (UnsafePointer<Float>?, Int) =
      switch start {
      case .zero: (nil, 0)
      case .itself: (UnsafePointer(base), rowStride)
      case .row(let row): (UnsafePointer(row.base), 0)
      }
    kernels.multiply(
      rows: rows, columns: columns, depth: a.columns,
      a: a.base, aRow: a.rowStride, aColumn: a.columnStride,
      b: b.base, bRow: b.rowStride,
      start: origin, startRow: originRow, c: base, cRow: rowStride)
  }

  /// The same, shared among the workers: each computes some rows or some columns of the result.
  func setProduct(
    _ a: Matrix, _ b: Matrix, startingFrom start: Start = .zero, sharedWith worker: Worker
  ) {
    if columns >= 128 * worker.count || columns > rows {
      let share = worker.share(of: columns, multipleOf: columns >= 64 * worker.count ? 64 : 16)
      guard !share.isEmpty else { return }
      let startShare: Start =
        if case .row(let row) = start { .row(row.columns(share)) } else { start }
      columns(share).setProduct(a, b.columns(share), startingFrom: startShare)
    } else {
      let share = worker.share(of: rows, multipleOf: 6)
      guard !share.isEmpty else { return }
      rows(share).setProduct(a.rows(share), b, startingFrom: start)
    }
  }

  /// Sets this single row to the sum of the rows of `other`.
  func setSumOfRows(_ other: Matrix) {
    precondition(rows == 1 && columns == other.columns && columns % 16 == 0, "unfit shapes")
    kernels.sumRows(
      rows: other.rows, columns: columns, x: other.base, xRow: other.rowStride, sums: base)
  }
}
