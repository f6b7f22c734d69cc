/// A factor of a product, or its result: row-major within strips of 64 columns, or as a whole.
protocol ProductOperand {
  var base: UnsafeMutablePointer<Float> { get }
  var rows: Int { get }
  var columns: Int { get }
  var rowStride: Int { get }
  /// From a strip to the next.
  var stripStride: Int { get }
  /// Columns of a block; each block begins a strip.
  var blockColumns: Int { get }
  /// Whether rows and columns are exchanged against what lies in memory.
  var isTransposed: Bool { get }
  func rows(_ range: Range<Int>) -> Self
  func columns(_ range: Range<Int>) -> Self
}

extension Matrix: ProductOperand {
  var stripStride: Int { StripedMatrix.stripWidth }
  var blockColumns: Int { columns }
  var isTransposed: Bool { columnStride != 1 }
}

/// What a product is added to.
enum ProductStart {
  case zero
  /// What the result holds already.
  case itself
  /// The same row for every row of the result.
  case row(Matrix)

  fileprivate func columns(_ range: Range<Int>) -> ProductStart {
    if case .row(let row) = self { .row(row.columns(range)) } else { self }
  }
}

extension ProductOperand {
  /// The `index`-th of equally high groups of rows.
  func rows(block index: Int, of height: Int) -> Self {
    rows(index * height..<(index + 1) * height)
  }

  /// self = start + a · b, with self (M, N), a (M, K), b (K, N); the whole by the caller.
  ///
  /// `columnSums`, (1, N), becomes the sum of the rows of b: where b is the gradient of x · w + bias,
  /// and `a` is x transposed, that of the bias. `a` is no transposed view: what is read so often lies
  /// in the order of reading. Where self and b have several blocks, each of them is one strip.
  func setProduct(
    _ a: some ProductOperand, _ b: some ProductOperand, startingFrom start: ProductStart = .zero,
    columnSums: Matrix? = nil
  ) {
    let stripColumns = min(blockColumns, StripedMatrix.stripWidth)
    precondition(
      a.rows == rows && a.columns == b.rows && b.columns == columns && columns % 16 == 0
        && !isTransposed && !a.isTransposed && b.blockColumns == blockColumns
        && (columns == blockColumns || stripColumns == blockColumns)
        && (columnSums?.columns ?? columns) == columns,
      "product of unfit shapes")
    let (origin, originRow, originStrip): (UnsafePointer<Float>?, Int, Int) =
      switch start {
      case .zero: (nil, 0, 0)
      case .itself: (UnsafePointer(base), rowStride, stripStride)
      case .row(let row): (UnsafePointer(row.base), 0, stripColumns)
      }
    kernels.multiply(
      rows: rows, columns: columns, stripColumns: stripColumns, depth: a.columns,
      a: a.base, aRow: a.rowStride, aStrip: a.stripStride, aBlock: a.blockColumns,
      b: b.base, bRow: b.rowStride, bStrip: b.stripStride,
      start: origin, startRow: originRow, startStrip: originStrip,
      c: base, cRow: rowStride, cStrip: stripStride, columnSums: columnSums?.base)
  }

  /// The same, shared among the workers: parts of the result go to whoever is free. So the workers
  /// must meet before one reads it; and if it starts from itself, they meet here first.
  func setProduct(
    _ a: some ProductOperand, _ b: some ProductOperand, startingFrom start: ProductStart = .zero,
    columnSums: Matrix? = nil, sharedWith worker: Worker
  ) {
    if case .itself = start { worker.synchronize() }
    // Cut along its longer side, for then the larger factor is read once.
    if columns > rows {
      worker.forEachPart(of: columns, length: StripedMatrix.stripWidth) { part in
        columns(part).setProduct(
          a, b.columns(part), startingFrom: start.columns(part),
          columnSums: columnSums?.columns(part))
      }
    } else {
      worker.forEachPart(of: rows, length: rowsOfPart(depth: a.columns, worker)) { part in
        rows(part).setProduct(
          a.rows(part), b, startingFrom: start,
          columnSums: part.lowerBound == 0 ? columnSums : nil)
      }
    }
  }

  /// Eight parts a worker, or more, so that the rows of a stay in half a megabyte of second-level cache
  /// while strip after strip of b passes. Of whole tiles, and none too small to be worth reading all
  /// of b for.
  private func rowsOfPart(depth: Int, _ worker: Worker) -> Int {
    let cachedRows = (1 << 19) / MemoryLayout<Float>.stride / max(depth, 1)
    return max(24, (min(rows / (8 * worker.count), cachedRows) + 5) / 6 * 6)
  }
}
