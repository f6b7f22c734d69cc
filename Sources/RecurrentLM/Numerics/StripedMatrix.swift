/// A matrix in the order in which products read their right factor: strips of up to 64 columns, each
/// row by row. Its columns may come in blocks, such as gates; each block begins a strip.
///
/// A cache line between strips keeps their rows from falling into the same few sets of the cache.
struct StripedMatrix: ProductOperand, @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let blocks: Int
  let blockColumns: Int
  /// From a row to the next, in floats: the width of strips in memory.
  let rowStride: Int
  /// From a strip to the next; that of the whole matrix also where this is a part of its rows.
  let stripStride: Int

  static let stripWidth = kernels.stripWidth

  static func strips(columns: Int) -> Int { (columns + stripWidth - 1) / stripWidth }

  /// From a strip to the next, in floats.
  static func stripStride(rows: Int, blockColumns: Int) -> Int {
    rows * rowStride(blockColumns: blockColumns) + 16
  }

  /// Blocks as narrow as half a strip are no wider in memory; 48 columns are read faster from rows of
  /// 64 than of 48.
  private static func rowStride(blockColumns: Int) -> Int {
    blockColumns <= stripWidth / 2 ? blockColumns : stripWidth
  }

  var columns: Int { blocks * blockColumns }
  var isTransposed: Bool { false }
  private var stripsPerBlock: Int { StripedMatrix.strips(columns: blockColumns) }
  var strips: Int { blocks * stripsPerBlock }
  /// From a block to the next.
  var blockStride: Int { stripsPerBlock * stripStride }

  init(base: UnsafeMutablePointer<Float>, rows: Int, blockColumns: Int, blocks: Int = 1) {
    self.init(
      base: base, rows: rows, blockColumns: blockColumns, blocks: blocks,
      rowStride: StripedMatrix.rowStride(blockColumns: blockColumns),
      stripStride: StripedMatrix.stripStride(rows: rows, blockColumns: blockColumns))
  }

  private init(
    base: UnsafeMutablePointer<Float>, rows: Int, blockColumns: Int, blocks: Int,
    rowStride: Int, stripStride: Int
  ) {
    self.base = base
    self.rows = rows
    self.blockColumns = blockColumns
    self.blocks = blocks
    self.rowStride = rowStride
    self.stripStride = stripStride
  }

  func blocks(_ range: Range<Int>) -> StripedMatrix {
    precondition(0 <= range.lowerBound && range.upperBound <= blocks, "blocks out of bounds")
    return StripedMatrix(
      base: base + range.lowerBound * blockStride, rows: rows, blockColumns: blockColumns,
      blocks: range.count, rowStride: rowStride, stripStride: stripStride)
  }

  func block(_ index: Int) -> StripedMatrix { blocks(index..<index + 1) }

  func rows(_ range: Range<Int>) -> StripedMatrix {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows out of bounds")
    return StripedMatrix(
      base: base + range.lowerBound * rowStride, rows: range.count, blockColumns: blockColumns,
      blocks: blocks, rowStride: rowStride, stripStride: stripStride)
  }

  /// Some columns of a matrix of one block, from the beginning of a strip.
  func columns(_ range: Range<Int>) -> StripedMatrix {
    precondition(
      blocks == 1 && range.lowerBound.isMultiple(of: StripedMatrix.stripWidth)
        && range.upperBound <= columns, "columns that do not begin a strip")
    return StripedMatrix(
      base: base + range.lowerBound / StripedMatrix.stripWidth * stripStride, rows: rows,
      blockColumns: range.count, blocks: 1, rowStride: rowStride, stripStride: stripStride)
  }

  /// The strip with this number in each block, as blocks of one strip.
  func strip(ofEachBlock index: Int) -> StripedMatrix {
    precondition(0 <= index && index < stripsPerBlock, "strip out of bounds")
    return StripedMatrix(
      base: base + index * stripStride, rows: rows,
      blockColumns: columns(ofStrip: index).count, blocks: blocks, rowStride: rowStride,
      stripStride: blockStride)
  }

  /// The block that a strip belongs to.
  func block(ofStrip index: Int) -> Int { index / stripsPerBlock }

  /// The number, among all strips, of one of a block's.
  func strip(_ index: Int, ofBlock block: Int) -> Int { block * stripsPerBlock + index }

  /// The columns that a strip holds.
  func columns(ofStrip index: Int) -> Range<Int> {
    let block = block(ofStrip: index)
    let first = (index - block * stripsPerBlock) * StripedMatrix.stripWidth
    let end = min(first + StripedMatrix.stripWidth, blockColumns)
    return block * blockColumns + first..<block * blockColumns + end
  }

  /// One strip, as a matrix of up to 64 columns.
  func strip(_ index: Int) -> Matrix {
    precondition(0 <= index && index < strips, "strip out of bounds")
    return Matrix(
      base: base + index * stripStride, rows: rows, columns: columns(ofStrip: index).count,
      rowStride: rowStride)
  }

  /// Calls `body` with the number of each strip, once among all workers: strips go to whoever is free,
  /// so the workers must meet before one reads what was written.
  func forEachStrip(sharedWith worker: Worker, _ body: (Int) -> Void) {
    worker.forEachPart(of: strips, length: 1) { body($0.lowerBound) }
  }

  /// What a row holds, in the order of the columns.
  func values(ofRow row: Int) -> [Float] {
    precondition(0 <= row && row < rows, "row out of bounds")
    return (0..<strips).flatMap { index in
      let strip = strip(index).rows(row..<row + 1)
      return UnsafeBufferPointer(start: strip.base, count: strip.columns)
    }
  }

  /// Makes this the transpose of `matrix`.
  func copyTransposed(from matrix: StripedMatrix, sharedWith worker: Worker) {
    forEachStrip(sharedWith: worker) { index in
      let (strip, rowsOfMatrix) = (strip(index), columns(ofStrip: index))
      for source in 0..<matrix.strips {
        strip.rows(matrix.columns(ofStrip: source))
          .copy(from: matrix.strip(source).rows(rowsOfMatrix).transposed)
      }
    }
  }
}
