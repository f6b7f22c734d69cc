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

/// A one to multiply sums with.
nonisolated(unsafe) private let one: UnsafeMutablePointer<Float> = {
  let place = UnsafeMutablePointer<Float>.allocate(capacity: 1)
  place.initialize(to: 1)
  return place
}()

extension Matrix {
  /// self = start + a · b, with self (M, N), a (M, K), b (K, N); the whole by one worker.
  func setProduct(
    _ a: Matrix, _ b: some RightFactor, startingFrom start: ProductStart = .zero, by worker: Worker
  ) {
    precondition(
      a.rows == rows && a.columns == b.rows && b.columns == columns && columns % 16 == 0
        && columnStride == 1, "product of unfit shapes")
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
      start: origin, startRow: originRow, c: base, cRow: rowStride, scratch: worker.scratch)
  }

  /// The same, shared among the workers: each computes some rows or some columns of the result.
  func setProduct(
    _ a: Matrix, _ b: some RightFactor, startingFrom start: ProductStart = .zero,
    sharedWith worker: Worker
  ) {
    if columns >= 128 * worker.count || columns > rows {
      let share = worker.share(of: columns, multipleOf: PackedMatrix.stripWidth)
      guard !share.isEmpty else { return }
      columns(share).setProduct(
        a, b.columns(share), startingFrom: start.columns(share), by: worker)
    } else {
      let share = worker.share(of: rows, multipleOf: 6)
      guard !share.isEmpty else { return }
      rows(share).setProduct(a.rows(share), b, startingFrom: start, by: worker)
    }
  }

  /// Sets this single row to the sum of the rows of `other`: its product with a row of ones.
  func setSumOfRows(_ other: Matrix, sharedWith worker: Worker) {
    setProduct(.constant(one, rows: 1, columns: other.rows), other, sharedWith: worker)
  }
}
