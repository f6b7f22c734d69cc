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

extension Matrix {
  /// self = start + a · b, with self (M, N), a (M, K), b (K, N); the whole by one worker.
  ///
  /// `columnSums`, (1, N), becomes the sum of the rows of b: where b is the gradient of x · w + bias,
  /// and `a` is x transposed, that of the bias.
  func setProduct(
    _ a: Matrix, _ b: some RightFactor, startingFrom start: ProductStart = .zero,
    columnSums: Matrix? = nil, by worker: Worker
  ) {
    precondition(
      a.rows == rows && a.columns == b.rows && b.columns == columns && columns % 16 == 0
        && columnStride == 1 && (columnSums?.columns ?? columns) == columns,
      "product of unfit shapes")
    let (origin, originRow): (UnsafePointer<Float>?, Int) =
      switch start {
      case .zero: (nil, 0)
      case .itself: (UnsafePointer(base), rowStride)
      case .row(let row): (UnsafePointer(row.base), 0)
      }
    kernels.multiply(
      rows: rows, columns: columns, depth: a.columns,
      a: a.base, aRow: a.rowStride, aColumn: a.columnStride,
      b: b.base, bRow: b.rowStride, bStrip: b.stripStride,
      start: origin, startRow: originRow, c: base, cRow: rowStride,
      columnSums: columnSums?.base, scratch: worker.scratch)
  }

  /// The same, shared among the workers: each computes some rows or some columns of the result.
  func setProduct(
    _ a: Matrix, _ b: some RightFactor, startingFrom start: ProductStart = .zero,
    columnSums: Matrix? = nil, sharedWith worker: Worker
  ) {
    if columns >= 128 * worker.count || columns > rows {
      let share = worker.share(of: columns, multipleOf: PackedMatrix.stripWidth)
      guard !share.isEmpty else { return }
      columns(share).setProduct(
        a, b.columns(share), startingFrom: start.columns(share),
        columnSums: columnSums?.columns(share), by: worker)
    } else {
      let share = worker.share(of: rows, multipleOf: 6)
      guard !share.isEmpty else { return }
      rows(share).setProduct(
        a.rows(share), b, startingFrom: start,
        columnSums: share.lowerBound == 0 ? columnSums : nil, by: worker)
    }
  }
}
