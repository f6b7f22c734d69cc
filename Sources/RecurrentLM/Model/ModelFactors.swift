/// What the factors of a network's products hold.
struct FactorElements: Sendable {
  /// The embedding's rows.
  let embedding: Element
  /// The hidden states.
  let hidden: Element
  private let outputsAreSums: Bool

  init(_ architecture: Architecture, _ precision: Precision, _ order: PairOrder) {
    let isBounded = architecture.cell != .rnn || architecture.activation == .tanh
    switch precision {
    case .float: (embedding, hidden) = (.float, .float)
    case .bfloat16: (embedding, hidden) = (.pair(order), .pair(order))
    case .int8: (embedding, hidden) = (.pair(order), isBounded ? .quad(bound: 1) : .pair(order))
    }
    outputsAreSums = architecture.residual
  }

  /// What a layer hands on: its hidden states, in a residual stack plus those of all layers below.
  func outputs(ofLayer layer: Int) -> Element {
    guard case .quad(let bound) = hidden, outputsAreSums else { return hidden }
    return .quad(bound: bound * Float(layer + 1))
  }
}

/// What products read of all weights: in Float the weights themselves.
struct ModelFactors: Sendable {
  /// By layer and direction.
  let layers: [[RecurrentFactors]]
  let output: PanelMatrix

  init(_ placement: Placement, _ weights: ModelWeights, _ elements: FactorElements) {
    layers = weights.layers.enumerated().map { layer, directions in
      let input = layer == 0 ? elements.embedding : elements.outputs(ofLayer: layer - 1)
      let readsTokens = layer == 0 && weights.embedding == nil
      return directions.map { weights in
        RecurrentFactors(
          input: readsTokens ? nil : weights.input.factor(input, placement),
          recurrent: weights.recurrent?.weight.factor(elements.hidden, placement))
      }
    }
    output = weights.output.weight.factor(
      elements.outputs(ofLayer: layers.count - 1), placement)
  }
}
