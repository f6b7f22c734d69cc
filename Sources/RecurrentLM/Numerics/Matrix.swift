/// A view of a row-major matrix of floats, or of pairs or quads in their place; it does not own the memory.
///
/// Widths are padded to a multiple of 16 with zeros, those of pairs to a multiple of 8 and of quads to one of
/// 4, and rows lie an odd number of cache lines apart.
///
/// Unchecked: threads write disjoint parts and meet at barriers in between.
struct Matrix: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  let rowStride: Int
  let element: Element
  /// Where the scales of this panel's columns begin, if it is a right factor of int8.
  let scales: UnsafeMutablePointer<Float>?
  /// 1, unless this is a transposed view.
  private(set) var columnStride = 1

  /// Whether this is a transposed view.
  var isTransposed: Bool { columnStride != 1 }

  /// `count` rounded up to the number of columns that are stored.
  static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// From one row to the next, in floats.
  static func stride(columns: Int) -> Int { kernels.rowStride(columns: columns) }

  init(
    base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, rowStride: Int,
    element: Element = .float, scales: UnsafeMutablePointer<Float>? = nil
  ) {
    self.scales = scales
    self.base = base
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
    self.element = element
  }

  subscript(row: Int, column: Int) -> Float {
    get { base[offset(row, column)] }
    nonmutating set { base[offset(row, column)] = newValue }
  }

  private func offset(_ row: Int, _ column: Int) -> Int {
    precondition(0 <= row && row < rows && 0 <= column && column < columns, "index out of bounds")
    return row * rowStride + column * columnStride
  }

  /// A view of the transpose; nothing is copied.
  var transposed: Matrix {
    var view = Matrix(
      base: base, rows: columns, columns: rows, rowStride: columnStride, element: element)
    view.columnStride = rowStride
    return view
  }

  func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows out of bounds")
    var view = Matrix(
      base: base + range.lowerBound * rowStride, rows: range.count, columns: columns,
      rowStride: rowStride, element: element, scales: scales)
    view.columnStride = columnStride
    return view
  }

  func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns out of bounds")
    var view = Matrix(
      base: base + range.lowerBound * columnStride, rows: rows, columns: range.count,
      rowStride: rowStride, element: element, scales: scales.map { $0 + range.lowerBound })
    view.columnStride = columnStride
    return view
  }

  /// The `index`-th of equally wide groups of columns, such as one gate of several.
  func block(_ index: Int, width: Int) -> Matrix {
    columns(index * width..<(index + 1) * width)
  }

  /// The elements of a row. Not for transposed views.
  func values(ofRow row: Int) -> [Float] {
    precondition(0 <= row && row < rows && !isTransposed, "row out of bounds")
    return Array(UnsafeBufferPointer(start: base + row * rowStride, count: columns))
  }

  /// Whether all values are finite numbers.
  var isFinite: Bool {
    precondition(!isTransposed, "a transposed view")
    return (0..<rows).allSatisfy {
      UnsafeBufferPointer(start: base + $0 * rowStride, count: columns).areFinite
    }
  }

  /// Sets all elements. Not for transposed views.
  func fill(_ value: Float) {
    precondition(!isTransposed, "a transposed view is not filled")
    for row in 0..<rows { (base + row * rowStride).update(repeating: value, count: columns) }
  }

  /// `other` may be a transposed view.
  func copy(from other: Matrix) {
    precondition(
      rows == other.rows && columns == other.columns && columnStride == 1
        && (other.columnStride == 1 || other.rowStride == 1), "copy of unfit matrices")
    guard other.columnStride == 1 else {
      return kernels.transpose(
        rows: columns, columns: rows, source: other.base, sourceRow: other.columnStride,
        destination: base, destinationRow: rowStride)
    }
    for row in 0..<rows {
      (base + row * rowStride).update(from: other.base + row * other.rowStride, count: columns)
    }
  }

  /// Sets every row to the same one.
  func setRows(_ row: Matrix) {
    for index in 0..<rows { rows(index..<index + 1).copy(from: row) }
  }

  /// self = a + b. Not for transposed views.
  func setSum(_ a: Matrix, _ b: Matrix) {
    precondition(
      (rows, columns) == (a.rows, a.columns) && (rows, columns) == (b.rows, b.columns)
        && columns % 16 == 0 && !isTransposed && !a.isTransposed && !b.isTransposed,
      "matrices of different shapes")
    for row in 0..<rows {
      kernels.add(
        count: columns, x: a.base + row * a.rowStride, y: b.base + row * b.rowStride,
        z: base + row * rowStride)
    }
  }
}
