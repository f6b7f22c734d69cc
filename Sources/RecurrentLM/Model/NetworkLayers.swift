/// The layers on the way forward, and what each reads. A class, so that workers that take hold of it count
/// one reference, not those of every layer.
final class NetworkLayers: Sendable {
  let input: InputLayer
  let recurrent: [RecurrentLayer]
  let output: OutputLayer
  /// By recurrent layer, what there is below.
  let inputs: [LayerInputs]
  /// What the output layer reads.
  let outputInputs: [DenseInput]

  convenience init(
    _ placement: Placement, _ model: LanguageModel, _ order: TimeOrder, _ factors: ModelFactors,
    tokens: TokenBuffer, targets: TokenBuffer, dropout: Dropout
  ) {
    let architecture = model.architecture
    let weights = model.layout.weights(in: model.parameters)
    let elements = FactorElements(architecture, model.precision, model.pairOrder)
    var layers: [RecurrentLayer] = []
    for (index, weights) in weights.layers.enumerated() {
      layers.append(
        RecurrentLayer(
          placement, architecture.recurrentCell, weights, factors.layers[index], order,
          units: Matrix.padded(architecture.hidden),
          readsBothDirections: architecture.directionsMeet,
          architecture.rule(ofLayer: index, dropout), hidden: elements.hidden,
          outputs: elements.outputs(ofLayer: index), above: layers.last))
    }
    self.init(
      input: InputLayer(
        placement, tokens: tokens, table: weights.embedding, element: elements.embedding),
      recurrent: layers,
      output: OutputLayer(
        placement, weights.output, factor: factors.output, targets: targets,
        objective: architecture.objective, vocabularySize: model.vocabularySize))
  }

  private init(input: InputLayer, recurrent: [RecurrentLayer], output: OutputLayer) {
    self.input = input
    self.recurrent = recurrent
    self.output = output
    inputs = [input.outputs] + recurrent.dropLast().map(\.outputs)
    outputInputs = recurrent.last.map { output.inputs(from: $0.connection) } ?? []
  }

  /// The same memory, taken in the other direction; see `States.reversed`.
  var reversed: NetworkLayers {
    NetworkLayers(input: input, recurrent: recurrent.map(\.reversed), output: output)
  }
}

/// The layers on the way back.
struct NetworkGradients {
  /// nil with one-hot input.
  let input: InputLayerGradients?
  let layers: [RecurrentLayerGradients]
  let output: OutputLayerGradients
  /// For a layer's inputs and for its states; each layer's states are the inputs of the next.
  let transposed: (TransposedInputs, TransposedInputs)

  init(_ placement: Placement, _ forward: NetworkLayers, weights: ModelWeights) {
    let recurrent = forward.recurrent
    layers = recurrent.indices.map { index in
      RecurrentLayerGradients(
        placement, recurrent[index], reading: forward.inputs[index],
        weights: weights.layers[index])
    }
    let top = recurrent[recurrent.count - 1]
    let direction = top.directions[0]
    output = OutputLayerGradients(
      placement, forward.output, direction.order.groups, reading: forward.outputInputs,
      weights: weights.output)
    input = weights.embedding.map {
      InputLayerGradients(placement, forward.input, dTable: $0)
    }
    func transposedInputs() -> TransposedInputs {
      let copies = direction.cell.hasBlockOperands ? 2 : 1
      return TransposedInputs(
        placement, widest: max(top.units, forward.input.width), direction.hidden.groups,
        count: copies * top.directions.count, element: direction.element)
    }
    transposed = (transposedInputs(), transposedInputs())
  }

  /// The output layer's with the last layer.
  func transposeWeights(ofLayer index: Int, dividedBy worker: Worker) {
    layers[index].transposeWeights(dividedBy: worker)
    if index == layers.count - 1 { output.transposeWeights(dividedBy: worker) }
  }

  /// Where the gradients of a layer's inputs go, by `DenseInput.index`.
  func dInputs(ofLayer index: Int) -> [Matrix] {
    index == 0
      ? [input?.dOutput].compactMap(\.self) : layers[index - 1].dOutputs.map(\.matrix)
  }

  /// Of the layer above, or of the output layer.
  func weightGradients(
    aboveLayer index: Int, _ dLogits: LogitGradients, inputs: TransposedInputs,
    hidden: TransposedInputs, seed: UInt64, dividedBy worker: Worker
  ) {
    if index == layers.count - 1 {
      output.weightGradients(from: dLogits, inputs: inputs, dividedBy: worker)
    } else {
      layers[index + 1].weightGradients(
        inputs: inputs, hidden: hidden, seed: seed, dividedBy: worker)
    }
  }
}
