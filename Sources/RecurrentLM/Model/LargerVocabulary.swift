extension LanguageModel {
  /// A model of a larger vocabulary, whose first tokens are those of `model`: all their parameters, and
  /// all that belong to no token, are its. Those of the other tokens are drawn as a new model's.
  ///
  /// What belongs to a token: its column of the first layer's input weights, (gates · H, V), or its row
  /// of the embedding, (V, E); and its row of the output layer's weights, (V, directions · H), and bias.
  ///
  /// - Parameters:
  ///   - vocabularySize: at least that of `model`.
  ///   - scale: see `Initialization`; nil for its default.
  /// - Throws: `InsufficientMemory`.
  public convenience init(
    extending model: LanguageModel, vocabularySize: Int, _ initialization: Initialization,
    scale: Double? = nil, using generator: inout RandomGenerator
  ) throws(InsufficientMemory) {
    precondition(vocabularySize >= model.vocabularySize, "a vocabulary that has lost tokens")
    try self.init(model.architecture, vocabularySize: vocabularySize, arena: model.arena)
    initialize(initialization, scale: scale, using: &generator)
    for (parameter, smaller) in zip(layout.parameters, model.layout.parameters) {
      var values = values(of: parameter)
      values.replaceCorner(
        width: parameter.width, by: model.values(of: smaller), width: smaller.width)
      store(values, in: parameter)
    }
  }
}

extension Parameter {
  /// Values in a row of a weight; a bias is a column.
  fileprivate var width: Int { isBias ? 1 : shape[1] }
}

extension [Float] {
  /// Replaces the first values of the first rows of a row-major matrix.
  fileprivate mutating func replaceCorner(
    width: Int, by corner: [Float], width cornerWidth: Int
  ) {
    for row in 0..<corner.count / cornerWidth {
      for column in 0..<cornerWidth {
        self[row * width + column] = corner[row * cornerWidth + column]
      }
    }
  }
}
