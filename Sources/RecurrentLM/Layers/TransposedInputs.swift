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
        rows: widest, columns: element == .pair ? groups.pairs : groups.count * groups.rows,
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
    matrix.element == .pair ? groups(of: matrix).pairs(ofRows: rows) : rows
  }

  private func groups(of matrix: some ProductOperand) -> RowGroups {
    RowGroups(count: matrix.rows / batch, rows: batch)
  }

  /// Transposes all that is stored of a matrix, divided among the workers.
  func store(_ matrix: Matrix, at index: Int, dividedBy worker: Worker) {
    let place = place(of: matrix, index)
    guard matrix.element == .pair else {
      return place.copy(from: matrix.transposed, dividedBy: worker)
    }
    let columns = worker.range(of: matrix.columns, multipleOf: 16)
    place.rows(2 * columns.lowerBound..<2 * columns.upperBound)
      .setTransposedPairs(of: matrix.columns(columns), groups(of: matrix))
  }

  /// Transposes a matrix in panels, divided among the workers.
  func store(_ matrix: PanelMatrix, at index: Int, dividedBy worker: Worker) {
    let place = place(of: matrix, index)
    matrix.forEachPanel(dividedBy: worker) { number in
      let (panel, columns) = (matrix.panel(number), matrix.columns(ofPanel: number))
      if matrix.element == .pair {
        place.rows(2 * columns.lowerBound..<2 * columns.upperBound)
          .setTransposedPairs(of: panel, groups(of: matrix))
      } else {
        place.rows(columns).copy(from: panel.transposed)
      }
    }
  }

  /// The transpose of some rows of a matrix that has been stored.
  func transpose(of matrix: some ProductOperand, rows: Range<Int>, at index: Int) -> Matrix {
    place(of: matrix, index).columns(places(ofRows: rows, in: matrix))
  }
}
