import KernelOperands

// What products read of a matrix of floats: in Float the matrix itself, in bfloat16 a rounded copy, which
// the functions below make.

extension Element {
  /// What the factors of products hold.
  init(_ precision: Precision) {
    self =
      switch precision {
      case .float: .float
      case .bfloat16: .pair
      }
  }

  /// Columns or rows of floats that one of a factor takes the place of.
  var width: Int { self == .pair ? 2 : 1 }
}

extension Matrix {
  /// The left factor that has the values of `self`.
  ///
  /// - Returns: what `setFactor(of:)` fills; `self` where no copy is needed.
  func factor(_ element: Element, _ placement: Placement) -> Matrix {
    guard element != .float else { return self }
    return placement.matrix(rows: rows, columns: columns / element.width, element: element)
  }

  /// Takes the values of a matrix of floats, unless this is that matrix.
  func setFactor(of values: Matrix) {
    guard element == .pair else { return }
    precondition(
      rows == values.rows && 2 * columns == values.columns && values.element == .float
        && !isTransposed && !values.isTransposed,
      "pairs of another matrix")
    kernels.roundToPairs(
      rows: rows, columns: values.columns, x: values.base, xRow: values.rowStride, y: base,
      yRow: rowStride)
  }

  /// Sets pairs of columns to the transpose of pairs of columns: those of rows there.
  func setTransposedPairs(of pairs: Matrix, _ groups: RowGroups) {
    precondition(
      rows == 2 * pairs.columns && columns == groups.pairs
        && pairs.rows == groups.count * groups.rows
        && element == .pair && pairs.element == .pair && !isTransposed && !pairs.isTransposed,
      "the transpose of other pairs")
    kernels.transposePairs(
      groups: groups.count, rows: groups.rows, columns: pairs.columns, source: pairs.base,
      sourceRow: pairs.rowStride, destination: base, destinationRow: rowStride)
  }
}

extension PanelMatrix {
  /// The right factor, to be multiplied with from the left, that has the values of `self`.
  ///
  /// - Returns: what `setFactor(of:)` fills; `self` where no copy is needed.
  func factor(_ element: Element, _ placement: Placement) -> PanelMatrix {
    guard element != .float else { return self }
    return placement.panels(
      rows: rows / element.width, blockColumns: blockColumns, blocks: blocks, element: element)
  }

  /// Takes the values of a matrix of floats, divided among the workers, unless this is that matrix.
  func setFactor(of values: PanelMatrix, dividedBy worker: Worker) {
    guard element == .pair else { return }
    precondition(2 * rows == values.rows && columns == values.columns, "pairs of another matrix")
    forEachPanel(dividedBy: worker) { index in
      let (panel, source) = (panel(index), values.panel(index))
      kernels.roundToRowPairs(
        rows: source.rows, columns: source.columns, x: source.base, xRow: source.rowStride,
        y: panel.base, yRow: panel.rowStride)
    }
  }

  /// Where a right factor with the transposed values is placed: (columns, rows), in pairs of rows where the
  /// factors are pairs.
  func transposedFactor(_ element: Element, _ placement: Placement, blocks: Int = 1) -> PanelMatrix
  {
    placement.panels(
      rows: columns / element.width, blockColumns: rows / blocks, blocks: blocks, element: element)
  }

  /// Takes the transposed values of a matrix of floats, divided among the workers.
  func setTransposedFactor(of values: PanelMatrix, dividedBy worker: Worker) {
    forEachPanel(dividedBy: worker) { index in
      let (panel, rowsOfValues) = (panel(index), columns(ofPanel: index))
      for source in 0..<values.panels {
        let columns = values.columns(ofPanel: source)
        let width = element.width
        panel.rows(columns.lowerBound / width..<columns.upperBound / width)
          .setTransposedFactor(of: values.panel(source).rows(rowsOfValues))
      }
    }
  }

  // MARK: Pairs in the place of floats

  /// Pairs of columns in the place of floats that are no longer needed.
  var inPlacePairs: PanelMatrix {
    view(blockColumns: blockColumns / 2, panelColumns: panelColumns / 2, element: .pair)
  }

  /// What a product reads of it as a left factor: itself, or the pairs that `roundInPlace` leaves.
  func leftFactor(_ element: Element) -> PanelMatrix {
    element == .pair ? inPlacePairs : self
  }

  /// What a product reads of it as a right factor: itself, or the pairs of rows that `pairRowsInPlace`
  /// leaves.
  func rightFactor(_ element: Element, _ groups: RowGroups) -> PanelMatrix {
    element == .pair ? view(rows: groups.pairs, element: .pair) : self
  }

  /// Makes of some rows of `inPlacePairs`, in one panel, pairs of rows.
  func pairRowsInPlace(panel index: Int, _ groups: RowGroups) {
    let panel = inPlacePairs.panel(index)
    precondition(panel.rows == groups.count * groups.rows, "other groups of rows")
    kernels.pairRows(
      groups: groups.count, rows: groups.rows, columns: panel.columns, x: panel.base,
      xRow: panel.rowStride, y: panel.base, yRow: panel.rowStride)
  }
}

extension Matrix {
  fileprivate func setTransposedFactor(of values: Matrix) {
    switch element {
    case .float: copy(from: values.transposed)
    case .pair:
      kernels.transposeToRowPairs(
        rows: values.rows, columns: values.columns, source: values.base,
        sourceRow: values.rowStride, destination: base, destinationRow: rowStride)
    }
  }

  /// Rounds some rows of a panel of floats in their place; see `PanelMatrix.inPlacePairs`.
  func roundInPlace() {
    kernels.roundToPairs(
      rows: rows, columns: columns, x: base, xRow: rowStride, y: base, yRow: rowStride)
  }
}
