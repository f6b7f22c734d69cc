/// The parameters of one direction of a layer, or their gradients; a block each gate.
struct RecurrentWeights: Sendable {
  /// (inputs, gates · H), W_ih
  let input: PanelMatrix
  /// (1, gates · H), b_ih
  let inputBias: Matrix
  /// (H, gates · H), W_hh, and (1, gates · H), b_hh; nil where the cell has none.
  let recurrent: (weight: PanelMatrix, bias: Matrix)?
}

/// What products read of the weights of one direction of a layer.
struct RecurrentFactors: Sendable {
  /// nil where the input is one-hot, for then there is no product.
  let input: PanelMatrix?
  /// nil where the cell has no recurrent weights.
  let recurrent: PanelMatrix?
}

/// The parameters of the output layer, or their gradients.
struct OutputWeights: Sendable {
  /// (directions · H, V)
  let weight: PanelMatrix
  /// (1, V)
  let bias: Matrix
}
