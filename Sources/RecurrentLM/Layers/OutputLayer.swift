import KernelOperands

/// (T·B, V) the gradients of the logits, which have taken their place. Only `OutputLayer.crossEntropy`
/// makes them, so no gradient is computed from logits.
struct LogitGradients: Sendable {
  fileprivate let matrix: PanelMatrix
}

/// From the last recurrent layer's outputs to logits and losses.
struct OutputLayer: Sendable {
  let targets: TokenBuffer
  let weights: OutputWeights
  private let objective: Objective
  /// V, without padding.
  private let vocabularySize: Int
  /// What products read of the weights.
  private let weightFactor: PanelMatrix
  /// (T·B, V) logits; `crossEntropy` replaces them by their gradients.
  private let scores: PanelMatrix
  /// (1, T·B) nats
  private let losses: Matrix

  init(
    _ placement: Placement, _ weights: OutputWeights, factor: PanelMatrix, targets: TokenBuffer,
    objective: Objective, vocabularySize: Int
  ) {
    self.targets = targets
    self.weights = weights
    self.objective = objective
    self.vocabularySize = vocabularySize
    weightFactor = factor
    scores = placement.panels(rows: targets.count, blockColumns: weights.weight.columns)
    losses = placement.matrix(rows: 1, columns: targets.count)
  }

  /// Of the factors of products.
  var element: Element { weightFactor.element }

  /// What this layer reads: the outputs after each step, or before it where they would have seen the
  /// character that is predicted.
  func inputs(from connection: Connection) -> [DenseInput] {
    connection.outputs.enumerated().map { index, output in
      DenseInput(
        index: index, stored: output.factor,
        rows: objective.seesTarget ? output.rowsBeforeSteps : output.rowsAfterSteps)
    }
  }

  /// Takes the weights as they are now, divided among the workers.
  func takeParameters(dividedBy worker: Worker) {
    weightFactor.setFactor(of: weights.weight, dividedBy: worker)
  }

  /// The logits, divided among the workers.
  func computeLogits(_ inputs: [DenseInput], dividedBy worker: Worker) {
    scores.setSum(
      ofProducts: inputs.map { input in
        let factor = input.factor
        return (factor, weightFactor.rows(block: input.index, of: factor.columns))
      }, startingFrom: .row(weights.bias), dividedBy: worker)
  }

  /// The losses of one worker's rows, and the gradient of their mean in the place of their logits. The
  /// workers must meet before one reads them.
  func crossEntropy(of worker: Worker) -> LogitGradients {
    let rows = worker.range(of: scores.rows)
    kernels.softmaxCrossEntropy(
      CrossEntropyOperands(
        rows: rows.count, classes: vocabularySize, x: scores.rows(rows).base,
        xRow: scores.rowStride, xPanel: scores.panelStride, targets: targets[rows].base,
        scale: 1 / Float(scores.rows), losses: losses.base + rows.lowerBound))
    return LogitGradients(matrix: scores)
  }

  /// Sets what products read of one worker's rows of the gradients, in their place: the probabilities are
  /// lost.
  func roundGradients(of worker: Worker) {
    guard element.isPair else { return }
    let mine = scores.rows(worker.range(of: scores.rows))
    for panel in 0..<mine.panels { mine.panel(panel).roundInPlace(to: element) }
  }

  /// Row t · B + b by token, before `crossEntropy`.
  func logits(ofRow row: Int) -> [Float] {
    Array(scores.values(ofRow: row).prefix(vocabularySize))
  }

  /// The logarithms of row t · B + b's probabilities by token, after `crossEntropy`: they are still in the
  /// gradients, (softmax - one-hot) / (T·B).
  func logProbabilities(ofRow row: Int) -> [Float] {
    let scale = Float(scores.rows)
    let target = Int(targets[row..<row + 1].base.pointee)
    return scores.values(ofRow: row).prefix(vocabularySize).enumerated().map { token, gradient in
      token == target ? -loss(row: row) : log(gradient * scale)
    }
  }

  /// The loss of row t · B + b in nats, after `crossEntropy`.
  func loss(row: Int) -> Float { losses[0, row] }

  /// The sum of all losses in nats, after `crossEntropy`.
  func totalLoss() -> Double {
    (0..<losses.columns).reduce(0) { $0 + Double(loss(row: $1)) }
  }
}

/// The gradients of the output layer.
struct OutputLayerGradients: Sendable {
  private let layer: OutputLayer
  /// (V, directions · H), a block each direction.
  private let transposed: PanelMatrix
  private let weights: OutputWeights
  private let inputs: [DenseInput]
  private let groups: RowGroups

  /// - Parameter groups: the rows by time.
  init(
    _ placement: Placement, _ layer: OutputLayer, _ groups: RowGroups, reading inputs: [DenseInput],
    weights: OutputWeights
  ) {
    self.layer = layer
    self.groups = groups
    self.inputs = inputs
    self.weights = weights
    transposed = weights.weight.transposedFactor(
      layer.element, placement, blocks: inputs.count)
  }

  /// Transposes the weights through which gradients flow back, divided among the workers.
  func transposeWeights(dividedBy worker: Worker) {
    transposed.setTransposedFactor(of: layer.weights.weight, dividedBy: worker)
  }

  /// Sets the gradients of what the layer read, divided among the workers.
  ///
  /// - Parameter dOutputs: of the last recurrent layer.
  func inputGradients(
    _ dOutputs: [States], from dLogits: LogitGradients, dividedBy worker: Worker
  ) {
    for input in inputs {
      let dOutput = dOutputs[input.index]
      // Not all states need have been read: the gradient of the last one would else be an old one.
      if worker.index == 0 && input.rows != dOutput.rowsAfterSteps { dOutput.final.fill(0) }
      dOutput.matrix.rows(input.rows).setSum(
        ofProducts: [
          (dLogits.matrix.leftFactor(layer.element), transposed.block(input.index))
        ], dividedBy: worker)
    }
  }

  /// Pairs the rows of the gradients, for those of the weights, divided among the workers.
  func pairGradientRows(_ dLogits: LogitGradients, dividedBy worker: Worker) {
    guard layer.element.isPair else { return }
    dLogits.matrix.forEachPanel(dividedBy: worker) {
      dLogits.matrix.pairRowsInPlace(panel: $0, layer.element, groups)
    }
  }

  /// Transposes what the layer read, divided among the workers.
  func transposeInputs(in transposed: TransposedInputs, dividedBy worker: Worker) {
    for input in inputs {
      transposed.store(input.stored, at: input.index, dividedBy: worker)
    }
  }

  /// The gradients of the weights, divided among the workers.
  func weightGradients(
    from dLogits: LogitGradients, inputs transposed: TransposedInputs, dividedBy worker: Worker
  ) {
    for input in inputs {
      let factor = transposed.transpose(of: input.stored, rows: input.rows, at: input.index)
      weights.weight.rows(block: input.index, of: factor.rows).setSum(
        ofProducts: [(factor, dLogits.matrix.rightFactor(layer.element, groups))],
        columnSums: input.index == 0 ? weights.bias : nil,
        dividedBy: worker)
    }
  }
}
