/// From tokens to what the first recurrent layer reads: one-hot rows, which are only looked up, or rows
/// of an embedding.
struct InputLayer: Sendable {
  let tokens: TokenBuffer
  /// (V, E) and (T·B, E), and what products read of the latter; nil: one-hot.
  private let embedding: (table: Matrix, output: Matrix, factor: Matrix)?

  /// - Parameters:
  ///   - table: the embedding; nil for one-hot input.
  ///   - element: of the factors of products.
  init(_ placement: Placement, tokens: TokenBuffer, table: Matrix?, element: Element) {
    self.tokens = tokens
    embedding = table.map {
      let output = placement.matrix(rows: tokens.count, columns: $0.columns)
      return ($0, output, output.factor(element, placement))
    }
  }

  /// Whether there is anything to compute.
  var isOneHot: Bool { embedding == nil }

  /// E; 0 with one-hot input.
  var width: Int { embedding?.output.columns ?? 0 }

  var outputs: LayerInputs {
    guard let output = embedding?.factor else { return .oneHot(tokens) }
    return .dense([DenseInput(index: 0, stored: output, rows: 0..<output.rows)])
  }

  /// Looks some of the tokens up in the embedding.
  func forward(_ rows: Range<Int>) {
    guard let (table, output, factor) = embedding else { return }
    output.rows(rows).gather(table, rows: tokens[rows], bias: nil)
    factor.rows(rows).setFactor(of: output.rows(rows))
  }
}

/// The gradient of an embedding.
struct InputLayerGradients: Sendable {
  private let layer: InputLayer
  /// (V, E)
  private let dTable: Matrix
  /// (T·B, E)
  let dOutput: Matrix

  init(_ placement: Placement, _ layer: InputLayer, dTable: Matrix) {
    self.layer = layer
    self.dTable = dTable
    dOutput = placement.matrix(rows: layer.tokens.count, columns: layer.width)
  }

  /// Sums the gradients of the rows that were looked up, divided among the workers.
  func backward(dividedBy worker: Worker) {
    worker.forEachPart(of: dOutput.columns, length: PanelMatrix.panelWidth) { columns in
      dTable.columns(columns).setScatter(
        dOutput.columns(columns), rows: layer.tokens.all, RowGroups(count: 1, rows: dOutput.rows),
        dBias: nil)
    }
  }
}
