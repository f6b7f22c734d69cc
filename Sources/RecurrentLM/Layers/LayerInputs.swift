/// What one direction of a layer, or the output layer, reads.
enum LayerInputs: Sendable {
  /// Rows of the input weights, one each token.
  case oneHot(TokenBuffer)
  /// Matrices whose columns stand side by side; the weights have a block of rows for each.
  case dense([DenseInput])

  var dense: [DenseInput] {
    if case .dense(let inputs) = self { inputs } else { [] }
  }
}

/// One matrix that a layer reads.
struct DenseInput: Sendable {
  /// Which of the matrices below it is: 0, or the direction.
  let index: Int
  /// All that is stored, as products read it: (T·B, E) of an embedding, ((T + 1)·B, H) of states.
  let stored: Matrix
  /// The T·B rows that are read.
  let rows: Range<Int>

  /// (T·B, E or H)
  var factor: Matrix { stored.rows(rows) }

  /// E or H.
  var width: Int { stored.columns * stored.element.width }
}
