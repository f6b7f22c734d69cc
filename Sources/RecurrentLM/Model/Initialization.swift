/// Draws of initial parameters.
public enum Initialization: String, Codable, CaseIterable, Sendable {
  /// Uniform in ±scale; the scale is 1/√hidden unless given (PyTorch's rule for recurrent layers).
  /// In a residual stack what a token picks, a row of the one-hot input's weights or of the
  /// embedding, is uniform in ±1 instead, the same rule for its one input: all layers add to what
  /// the first one makes of it, and with less they take many epochs to find it.
  case uniform
  /// N(0, scale²), 0.01 unless given; biases zero.
  case normal
  /// Recurrent weights orthogonal for each gate (Saxe et al. 2014, arXiv:1312.6120), times scale
  /// (1 unless given); the rest uniform as above; biases zero.
  case orthogonal
}

extension LanguageModel {
  /// Draws all parameters anew.
  ///
  /// - Parameters:
  ///   - scale: see `Initialization`; nil for its default.
  ///   - forgetBias: added to an LSTM's forget gates.
  public func initialize(
    _ initialization: Initialization, scale: Double? = nil, forgetBias: Double = 0,
    using generator: inout RandomGenerator
  ) {
    for parameter in layout.parameters {
      let bound = initialBound(of: parameter)
      let values: [Float] =
        switch initialization {
        case .uniform:
          generator.uniform(parameter.count, within: scale ?? bound)
        case .normal:
          parameter.isBias
            ? zeros(parameter) : generator.normal(parameter.count, deviation: scale ?? 0.01)
        case .orthogonal where parameter.isBias: zeros(parameter)
        case .orthogonal where parameter.name.contains("weight_hh"):
          generator.orthogonalBlocks(
            parameter.count, size: architecture.hidden, scale: scale ?? 1)
        case .orthogonal: generator.uniform(parameter.count, within: bound)
        }
      parameter.store(values, in: parameters)
    }
    if architecture.cell == .lstm {
      for bias in layout.inputBiases {
        let forgetGate = bias.matrix(in: parameters).block(
          1, width: Matrix.padded(architecture.hidden))
        for unit in 0..<architecture.hidden { forgetGate[0, unit] += Float(forgetBias) }
      }
    }
  }

  /// 1/√inputs, where PyTorch takes a cell's inputs to be as many as its hidden units.
  private func initialBound(of parameter: Parameter) -> Double {
    architecture.residual && layout.isPickedByTokens(parameter)
      ? 1 : 1 / Double(architecture.hidden).squareRoot()
  }

  private func zeros(_ parameter: Parameter) -> [Float] {
    [Float](repeating: 0, count: parameter.count)
  }
}

extension RandomGenerator {
  fileprivate mutating func uniform(_ count: Int, within bound: Double) -> [Float] {
    (0..<count).map { _ in Float((2 * uniform() - 1) * bound) }
  }

  fileprivate mutating func normal(_ count: Int, deviation: Double) -> [Float] {
    (0..<count).map { _ in Float(normal() * deviation) }
  }

  /// Square blocks of `size` x `size`, each orthogonal: Gram-Schmidt on the rows of a normal draw,
  /// applied twice, which is enough for orthogonality to rounding (Giraud et al. 2005,
  /// doi:10.1007/s00211-005-0615-4).
  fileprivate mutating func orthogonalBlocks(_ count: Int, size: Int, scale: Double) -> [Float] {
    var values: [Float] = []
    for _ in 0..<count / (size * size) {
      var rows: [[Double]] = []
      for _ in 0..<size {
        var row = (0..<size).map { _ in normal() }
        for _ in 0..<2 {
          for other in rows {
            let overlap = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
            for index in row.indices { row[index] -= overlap * other[index] }
          }
          let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
          for index in row.indices { row[index] /= length }
        }
        rows.append(row)
      }
      values += rows.joined().map { Float($0 * scale) }
    }
    return values
  }
}
