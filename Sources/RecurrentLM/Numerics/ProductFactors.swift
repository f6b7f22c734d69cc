import KernelOperands

// What products read of a matrix of floats: in Float the matrix itself, in bfloat16 and int8 a rounded copy,
// which the functions below make.

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
    guard element != .float else { return }
    precondition(
      rows == values.rows && element.width * columns == values.columns && !isTransposed,
      "a factor of another shape")
    values.round(to: element, at: base, rowStride: rowStride)
  }

  /// Rounds floats in their place; see `PanelMatrix.leftFactor`.
  func roundInPlace(to element: Element) { round(to: element, at: base, rowStride: rowStride) }

  /// Rounds floats to a left factor.
  private func round(to element: Element, at y: UnsafeMutablePointer<Float>, rowStride yRow: Int) {
    precondition(self.element == .float && !isTransposed, "no floats to round")
    switch element {
    case .float: break
    case .pair:
      kernels.roundToPairs(rows: rows, columns: columns, x: base, xRow: rowStride, y: y, yRow: yRow)
    case .quad(let bound):
      kernels.roundToQuads(
        rows: rows, columns: columns, x: base, xRow: rowStride, y: y, yRow: yRow,
        scale: 127 / bound)
    }
  }

  /// Takes the transposed values of a left factor: of floats, or of pairs of columns, which become pairs of
  /// columns of the transpose.
  ///
  /// - Parameter groups: those of its rows.
  func setTransposed(of factor: Matrix, _ groups: RowGroups) {
    if factor.element.isPair {
      setTransposedPairs(of: factor, groups)
    } else {
      copy(from: factor.transposed)
    }
  }

  private func setTransposedPairs(of pairs: Matrix, _ groups: RowGroups) {
    precondition(
      rows == 2 * pairs.columns && columns == groups.pairs
        && pairs.rows == groups.count * groups.rows
        && element.isPair && pairs.element.isPair && !isTransposed && !pairs.isTransposed,
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
    return placement.factor(
      rows: rows / element.width, blockColumns: blockColumns, blocks: blocks, element)
  }

  /// Takes the values of a matrix of floats, divided among the workers, unless this is that matrix.
  func setFactor(of values: PanelMatrix, dividedBy worker: Worker) {
    guard element != .float else { return }
    precondition(
      element.width * rows == values.rows && columns == values.columns,
      "a factor of another shape")
    forEachPanel(dividedBy: worker) { panel($0).setRightFactor(of: values.panel($0)) }
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

  // MARK: Factors in the place of floats

  /// What a product reads of it as a left factor: itself, or what `roundInPlace` leaves where its floats are
  /// no longer needed.
  func leftFactor(_ element: Element) -> PanelMatrix {
    view(
      blockColumns: blockColumns / element.width, panelColumns: panelColumns / element.width,
      element: element)
  }

  /// What a product reads of it as a right factor: itself, or the pairs of rows that `pairRowsInPlace`
  /// leaves.
  func rightFactor(_ element: Element, _ groups: RowGroups) -> PanelMatrix {
    element.isPair ? view(rows: groups.pairs, element: element) : self
  }

  /// Makes pairs of rows of the pairs that `roundInPlace` has left in one panel.
  func pairRowsInPlace(panel index: Int, _ element: Element, _ groups: RowGroups) {
    let panel = leftFactor(element).panel(index)
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
    case .quad: preconditionFailure("no gradients flow back through int8")
    case .pair:
      kernels.transposeToRowPairs(
        rows: values.rows, columns: values.columns, source: values.base,
        sourceRow: values.rowStride, destination: base, destinationRow: rowStride)
    }
  }

  /// Takes the values of a panel of floats.
  fileprivate func setRightFactor(of values: Matrix) {
    switch element {
    case .float: break
    case .pair:
      kernels.roundToRowPairs(
        rows: values.rows, columns: values.columns, x: values.base, xRow: values.rowStride, y: base,
        yRow: rowStride)
    case .quad(let bound):
      guard let scales else { preconditionFailure("int8 has scales") }
      kernels.roundToRowQuads(
        rows: values.rows, columns: values.columns, x: values.base, xRow: values.rowStride, y: base,
        yRow: rowStride, scales: scales, unit: bound / 127)
    }
  }
}
