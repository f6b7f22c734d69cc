/// What layers have read, transposed: the left factors of their weights' gradients.
///
/// A is read again for every panel of B, so transposing it once pays. What a layer hands on is read by
/// the next as its input and, mostly, by itself as its previous state: one transpose serves both.
struct TransposedInputs {
  /// By `DenseInput.index`, (largest width, largest number of rows).
  private let matrices: [Matrix]
  /// Sequences: the rows that pairs are made within.
  private let batch: Int

  /// - Parameters:
  ///   - groups: of the rows of the tallest matrix.
  ///   - element: of what is stored, and of its transpose.
  init(
    _ placement: Placement, widest: Int, _ groups: RowGroups, count: Int, element: Element
  ) {
    batch = groups.rows
    matrices = (0..<count).map { _ in
      placement.matrix(
        rows: widest, columns: element.isPair ? groups.pairs : groups.count * groups.rows,
        element: element)
    }
  }

  /// (width, rows): where the transpose of a (rows, width) matrix lies.
  private func place(of matrix: some ProductOperand, _ index: Int) -> Matrix {
    matrices[index].rows(0..<matrix.columns * matrix.element.width)
      .columns(places(ofRows: 0..<matrix.rows, in: matrix))
  }

  /// The columns of the transpose that have some rows of a matrix.
  private func places(ofRows rows: Range<Int>, in matrix: some ProductOperand) -> Range<Int> {
    matrix.element.isPair ? groups(of: matrix).pairs(ofRows: rows) : rows
  }

  private func groups(of matrix: some ProductOperand) -> RowGroups {
    RowGroups(count: matrix.rows / batch, rows: batch)
  }

  /// Transposes all that is stored of a matrix, divided among the workers.
  func store(_ matrix: Matrix, at index: Int, dividedBy worker: Worker) {
    let mine = worker.range(of: groups(of: matrix).count)
    let rows = mine.lowerBound * batch..<mine.upperBound * batch
    transpose(of: matrix, rows: rows, at: index)
      .setTransposed(of: matrix.rows(rows), groups(of: matrix.rows(rows)))
  }

  /// Transposes a matrix in panels, divided among the workers.
  func store(_ matrix: PanelMatrix, at index: Int, dividedBy worker: Worker) {
    let place = place(of: matrix, index)
    let width = matrix.element.width
    matrix.forEachPanel(dividedBy: worker) { panel in
      let columns = matrix.columns(ofPanel: panel)
      place.rows(width * columns.lowerBound..<width * columns.upperBound)
        .setTransposed(of: matrix.panel(panel), groups(of: matrix))
    }
  }

  /// The transpose of some rows of a matrix that has been stored.
  func transpose(of matrix: some ProductOperand, rows: Range<Int>, at index: Int) -> Matrix {
    place(of: matrix, index).columns(places(ofRows: rows, in: matrix))
  }
}
