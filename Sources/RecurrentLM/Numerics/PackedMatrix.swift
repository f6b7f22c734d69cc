/// A copy of a matrix in the order in which products read their right factor: strips of 64 columns,
/// each contiguous. Worth its making where many products use it, such as those of all time steps.
///
/// Its columns may come in blocks, such as gates; each block begins a strip.
struct PackedMatrix: RightFactor, @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  /// Of one block.
  let columns: Int
  let blocks: Int
  /// From a strip to the next; that of the whole matrix also where this is a part of its rows.
  let stripStride: Int

  static let stripWidth = kernels.stripWidth

  static func strips(columns: Int) -> Int { (columns + stripWidth - 1) / stripWidth }

  var rowStride: Int { PackedMatrix.stripWidth }

  init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, blocks: Int = 1) {
    self.init(
      base: base, rows: rows, columns: columns, blocks: blocks,
      stripStride: rows * PackedMatrix.stripWidth)
  }

  private init(
    base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, blocks: Int, stripStride: Int
  ) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.blocks = blocks
    self.stripStride = stripStride
  }

  /// One block of columns.
  func block(_ index: Int) -> PackedMatrix {
    precondition(0 <= index && index < blocks, "block out of bounds")
    return PackedMatrix(
      base: base + index * PackedMatrix.strips(columns: columns) * stripStride, rows: rows,
      columns: columns, blocks: 1, stripStride: stripStride)
  }

  func rows(_ range: Range<Int>) -> PackedMatrix {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows out of bounds")
    return PackedMatrix(
      base: base + range.lowerBound * rowStride, rows: range.count, columns: columns,
      blocks: blocks, stripStride: stripStride)
  }

  /// Some columns of a matrix of one block, from the beginning of a strip.
  func columns(_ range: Range<Int>) -> PackedMatrix {
    precondition(
      blocks == 1 && range.lowerBound.isMultiple(of: PackedMatrix.stripWidth)
        && range.upperBound <= columns, "columns that do not begin a strip")
    return PackedMatrix(
      base: base + range.lowerBound / PackedMatrix.stripWidth * stripStride, rows: rows,
      columns: range.count, blocks: 1, stripStride: stripStride)
  }

  /// One strip of one block, as a matrix of up to 64 columns.
  private func strip(_ index: Int) -> Matrix {
    let width = min(PackedMatrix.stripWidth, columns - index * PackedMatrix.stripWidth)
    return Matrix(
      base: base + index * stripStride, rows: rows, columns: width, rowStride: rowStride)
  }

  /// Makes this the copy of `matrix`, (rows, blocks · columns). Strips go to whoever is free, so the
  /// workers must meet before one is read.
  func pack(_ matrix: Matrix, sharedWith worker: Worker) {
    let perBlock = PackedMatrix.strips(columns: columns)
    worker.forEachPart(of: blocks * perBlock, length: 1) { part in
      let index = part.lowerBound
      let strip = block(index / perBlock).strip(index % perBlock)
      let first = index / perBlock * columns + index % perBlock * PackedMatrix.stripWidth
      strip.copy(from: matrix.columns(first..<first + strip.columns))
    }
  }
}
