/// What layers have read, transposed: the left factors of their weights' gradients.
///
/// A is read again for every panel of B, so transposing it once pays. What a layer hands on is read by
/// the next as its input and, mostly, by itself as its previous state: one transpose serves both.
struct TransposedInputs {
  /// By `DenseInput.index`, (largest width, largest number of rows).
  private let matrices: [Matrix]

  init(_ placement: Placement, widest: Int, rows: Int, count: Int) {
    matrices = (0..<count).map { _ in placement.matrix(rows: widest, columns: rows) }
  }

  /// (width, rows): where the transpose of a (rows, width) matrix lies.
  private func place(of matrix: some ProductOperand, _ index: Int) -> Matrix {
    matrices[index].rows(0..<matrix.columns).columns(0..<matrix.rows)
  }

  /// Transposes all that is stored of a matrix, divided among the workers.
  func store(_ matrix: Matrix, at index: Int, dividedBy worker: Worker) {
    place(of: matrix, index).copy(from: matrix.transposed, dividedBy: worker)
  }

  /// Transposes a matrix in panels, divided among the workers.
  func store(_ matrix: PanelMatrix, at index: Int, dividedBy worker: Worker) {
    matrix.forEachPanel(dividedBy: worker) { panel in
      place(of: matrix, index).rows(matrix.columns(ofPanel: panel))
        .copy(from: matrix.panel(panel).transposed)
    }
  }

  /// The transpose of some rows of a matrix that has been stored.
  func transpose(of matrix: some ProductOperand, rows: Range<Int>, at index: Int) -> Matrix {
    place(of: matrix, index).columns(rows)
  }
}
