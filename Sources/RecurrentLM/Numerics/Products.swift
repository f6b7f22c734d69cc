import KernelOperands

/// A factor of a product, or its result: row-major, or in panels of up to 64 columns.
protocol ProductOperand {
  var base: UnsafeMutablePointer<Float> { get }
  var rows: Int { get }
  var columns: Int { get }
  var rowStride: Int { get }
  /// From a panel to the next.
  var panelStride: Int { get }
  /// Columns of a block; each block starts a new panel.
  var blockColumns: Int { get }
  /// Columns of a panel at most, where this is a left factor.
  var panelColumns: Int { get }
  var element: Element { get }
  /// Of a right factor of int8.
  var scales: UnsafeMutablePointer<Float>? { get }
  /// Whether this is a transposed view.
  var isTransposed: Bool { get }
  func rows(_ range: Range<Int>) -> Self
  func columns(_ range: Range<Int>) -> Self
}

extension Matrix: ProductOperand {
  var panelStride: Int { kernels.panelWidth }
  var blockColumns: Int { columns }
  var panelColumns: Int { columns }
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

  /// self = start + a · b, with self (M, N), a (M, K), b (K, N); all of it by the caller. The factors hold
  /// floats, or pairs or quads of columns and of rows.
  ///
  /// `columnSums`, (1, N), becomes the sum of the rows of b: where b is the gradient of x · w + bias,
  /// and `a` is x transposed, that of the bias. `a` is no transposed view: it is read again for every
  /// panel of b, so transposing it once pays. Where self and b have several blocks, each is one panel.
  func setProduct(
    _ a: some ProductOperand, _ b: some ProductOperand, startingFrom start: ProductStart = .zero,
    columnSums: Matrix? = nil
  ) {
    let panelColumns = min(blockColumns, kernels.panelWidth)
    precondition(
      a.rows == rows && a.columns == b.rows && b.columns == columns && columns % 16 == 0
        && !isTransposed && !a.isTransposed && b.blockColumns == blockColumns
        && (columns == blockColumns || panelColumns == blockColumns)
        && (columnSums?.columns ?? columns) == columns && a.element == b.element
        && element == .float && (columnSums == nil || b.scales == nil),
      "product of unfit matrices")
    let origin: ProductMatrix<UnsafePointer<Float>>? =
      switch start {
      case .zero: nil
      case .itself: source
      case .row(let row):
        ProductMatrix(base: UnsafePointer(row.base), rowStride: 0, panelStride: panelColumns)
      }
    let operands = ProductOperands(
      rows: rows, columns: columns, depth: a.columns, panelColumns: panelColumns, a: a.source,
      aPanelColumns: a.panelColumns, aBlockColumns: a.blockColumns, b: b.source, start: origin,
      c: ProductMatrix(base: base, rowStride: rowStride, panelStride: panelStride),
      columnSums: columnSums?.base, scales: b.scales.map { UnsafePointer($0) })
    switch a.element {
    case .float: kernels.multiply(operands)
    case .pair(.inTurn): kernels.multiplyPairs(operands)
    case .pair(.inBlocks): kernels.multiplyPairBlocks(operands)
    case .quad: kernels.multiplyQuads(operands)
    }
  }

  private var source: ProductMatrix<UnsafePointer<Float>> {
    ProductMatrix(base: UnsafePointer(base), rowStride: rowStride, panelStride: panelStride)
  }

  /// self = start + Σ a · b over some pairs of factors, divided among the workers: parts of the result
  /// go to whoever is free, so the workers must meet before one reads it.
  ///
  /// Each part takes all its pairs in order, so the workers need not meet in between. `columnSums`
  /// become those of the first b.
  func setSum<A: ProductOperand, B: ProductOperand>(
    ofProducts pairs: [(a: A, b: B)], startingFrom start: ProductStart = .zero,
    columnSums: Matrix? = nil, dividedBy worker: Worker
  ) {
    guard let depth = pairs.map(\.a.columns).max() else { return }
    // Cut along its longer side, for then the larger factor is read once.
    if columns > rows {
      worker.forEachPart(of: columns, length: kernels.panelWidth) { part in
        for (index, (a, b)) in pairs.enumerated() {
          columns(part).setProduct(
            a, b.columns(part), startingFrom: index == 0 ? start.columns(part) : .itself,
            columnSums: index == 0 ? columnSums?.columns(part) : nil)
        }
      }
    } else {
      worker.forEachPart(of: rows, length: rowsOfPart(depth: depth, pairs[0].a.element, worker)) {
        part in
        for (index, (a, b)) in pairs.enumerated() {
          rows(part).setProduct(
            a.rows(part), b, startingFrom: index == 0 ? start : .itself,
            columnSums: index == 0 && part.lowerBound == 0 ? columnSums : nil)
        }
      }
    }
  }

  /// Eight parts a worker, or more, so that the rows of a stay in half a megabyte of second-level cache
  /// while panel after panel of b passes. Of whole tiles, and none too small to be worth reading all
  /// of b for.
  private func rowsOfPart(depth: Int, _ element: Element, _ worker: Worker) -> Int {
    let cachedRows = (1 << 19) / MemoryLayout<Float>.stride / max(depth, 1)
    let tile = element == .pair(.inBlocks) ? 32 : 6
    let wanted = max(24, min(rows / (8 * worker.count), cachedRows))
    return (wanted + tile - 1) / tile * tile
  }
}
