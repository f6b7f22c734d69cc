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
  /// (T·B, V) logits; `crossEntropy` replaces them by their gradients.
  private let scores: PanelMatrix
  /// (1, T·B) nats
  private let losses: Matrix

  init(
    _ placement: Placement, _ weights: OutputWeights, targets: TokenBuffer, objective: Objective,
    vocabularySize: Int
  ) {
    self.targets = targets
    self.weights = weights
    self.objective = objective
    self.vocabularySize = vocabularySize
    scores = placement.panels(rows: targets.count, blockColumns: weights.weight.columns)
    losses = placement.matrix(rows: 1, columns: targets.count)
  }

  /// What this layer reads: the outputs after each step, or before it where they would have seen the
  /// character that is predicted.
  func inputs(from connection: Connection) -> [DenseInput] {
    connection.outputs.enumerated().map { index, output in
      DenseInput(
        index: index, stored: output.matrix,
        rows: objective.seesTarget ? output.rowsBeforeSteps : output.rowsAfterSteps)
    }
  }

  /// The logits, divided among the workers.
  func computeLogits(_ inputs: [DenseInput], dividedBy worker: Worker) {
    scores.setSum(
      ofProducts: inputs.map { input in
        let matrix = input.matrix
        return (matrix, weights.weight.rows(block: input.index, of: matrix.columns))
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

  init(
    _ placement: Placement, _ layer: OutputLayer, reading inputs: [DenseInput],
    weights: OutputWeights
  ) {
    self.layer = layer
    self.inputs = inputs
    self.weights = weights
    let weight = weights.weight
    transposed = placement.panels(
      rows: weight.columns, blockColumns: weight.rows / inputs.count, blocks: inputs.count)
  }

  /// Transposes the weights through which gradients flow back, divided among the workers.
  func transposeWeights(dividedBy worker: Worker) {
    transposed.copyTransposed(from: layer.weights.weight, dividedBy: worker)
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
        ofProducts: [(dLogits.matrix, transposed.block(input.index))], dividedBy: worker)
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
        ofProducts: [(factor, dLogits.matrix)], columnSums: input.index == 0 ? weights.bias : nil,
        dividedBy: worker)
    }
  }
}
