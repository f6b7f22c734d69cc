/// The parameters of one direction of a layer, in the table.
private struct LayerParameters: Sendable {
  let inputWeight, inputBias: Parameter
  /// nil where the cell has no recurrent weights.
  let recurrentWeight, recurrentBias: Parameter?

  func weights(in buffer: FloatBuffer) -> RecurrentWeights {
    let recurrent = recurrentWeight.flatMap { weight in
      recurrentBias.map { (weight: weight.panels(in: buffer), bias: $0.matrix(in: buffer)) }
    }
    return RecurrentWeights(
      input: inputWeight.panels(in: buffer), inputBias: inputBias.matrix(in: buffer),
      recurrent: recurrent)
  }
}

/// All parameters as layers see them, or all gradients.
struct ModelWeights {
  /// (V, E); nil with one-hot input.
  let embedding: Matrix?
  /// By layer and direction.
  let layers: [[RecurrentWeights]]
  let output: OutputWeights
}

/// The one table of all parameters. Initialisation, gradients, the optimiser, clipping, the
/// checkpoint and `inspect` walk it.
public struct ParameterLayout: Sendable {
  /// In PyTorch's order: embedding, layers (forward, then reverse), output.
  public let parameters: [Parameter]
  /// Hidden units of each layer and direction.
  let hidden: Int
  /// Of a buffer with all parameters, in floats.
  let size: Int
  private let embedding: Parameter?
  /// By layer and direction.
  private let layers: [[LayerParameters]]
  private let outputWeight, outputBias: Parameter

  public init(_ architecture: Architecture, vocabularySize: Int) {
    hidden = architecture.hidden
    let table = Table()
    let cell = architecture.recurrentCell
    let vocabulary = Axis(blocks: 1, size: vocabularySize)
    let units = Axis(blocks: 1, size: architecture.hidden)
    let bothDirections = Axis(blocks: architecture.directions, size: architecture.hidden)
    let gates = Axis(blocks: cell.gateCount, size: architecture.hidden)

    var inputs = vocabulary
    if architecture.embedding > 0 {
      inputs = Axis(blocks: 1, size: architecture.embedding)
      embedding = table.appendEmbedding(rows: vocabulary, columns: inputs)
    } else {
      embedding = nil
    }
    let outputs = architecture.directionsMeet ? bothDirections : units
    layers = (0..<architecture.layers).map { layer in
      ["", "_reverse"].prefix(architecture.directions).map { direction in
        let suffix = "_l\(layer)\(direction)"
        let inputWeight = table.appendWeight(
          "rnn.weight_ih" + suffix, layer == 0 ? inputs : outputs, gates)
        let recurrentWeight =
          cell.hasRecurrentWeights
          ? table.appendWeight("rnn.weight_hh" + suffix, units, gates) : nil
        return LayerParameters(
          inputWeight: inputWeight, inputBias: table.appendBias("rnn.bias_ih" + suffix, gates),
          recurrentWeight: recurrentWeight,
          recurrentBias: recurrentWeight.map { _ in
            table.appendBias("rnn.bias_hh" + suffix, gates)
          })
      }
    }
    outputWeight = table.appendWeight("linear.weight", bothDirections, vocabulary)
    outputBias = table.appendBias("linear.bias", vocabulary)
    parameters = table.parameters
    size = table.size
  }

  /// The matrices of all parameters in a buffer of `size`.
  func weights(in buffer: FloatBuffer) -> ModelWeights {
    ModelWeights(
      embedding: embedding?.matrix(in: buffer),
      layers: layers.map { $0.map { $0.weights(in: buffer) } },
      output: OutputWeights(
        weight: outputWeight.panels(in: buffer), bias: outputBias.matrix(in: buffer)))
  }

  /// Whether a token picks one of this parameter's rows: the embedding's, or those of the first
  /// layer's input weights.
  func isPickedByTokens(_ parameter: Parameter) -> Bool {
    embedding.map { $0 == parameter }
      ?? (layers.first ?? []).contains { $0.inputWeight == parameter }
  }

  /// The buffer in runs of parameters that decay or do not, in order.
  var decayRuns: [ParameterRun] {
    let ends = parameters.dropFirst().map(\.offset) + [size]
    return zip(parameters, ends).map { parameter, end in
      ParameterRun(range: parameter.offset..<end, decays: !parameter.isBias)
    }
  }

  /// The biases of each layer and direction in which b_ih is added to the gates.
  var inputBiases: [Parameter] { layers.joined().map(\.inputBias) }

  /// The number of trained values.
  public var count: Int { parameters.reduce(0) { $0 + $1.count } }
}

/// A part of a buffer with all parameters, at the start of a cache line and whole cache lines long.
struct ParameterRun {
  let range: Range<Int>
  /// Whether weight decay makes its values smaller.
  let decays: Bool
}

/// Builds a layout.
private final class Table {
  private(set) var parameters: [Parameter] = []
  private let placement = Placement.measuring()

  /// Floats so far.
  var size: Int { placement.count }

  func appendWeight(_ name: String, _ inputs: Axis, _ outputs: Axis) -> Parameter {
    append(name, shape: [outputs.count, inputs.count], inputs, outputs, .panels)
  }

  func appendBias(_ name: String, _ outputs: Axis) -> Parameter {
    append(name, shape: [outputs.count], Axis(blocks: 1, size: 1), outputs, .rows)
  }

  func appendEmbedding(rows: Axis, columns: Axis) -> Parameter {
    append("embedding.weight", shape: [rows.count, columns.count], rows, columns, .rows)
  }

  private func append(
    _ name: String, shape: [Int], _ rows: Axis, _ columns: Axis, _ storage: Parameter.Storage
  ) -> Parameter {
    let parameter = Parameter(
      name: name, shape: shape, rows: rows, columns: columns, storage: storage,
      offset: placement.count)
    switch storage {
    case .rows: _ = parameter.matrix(in: placement)
    case .panels: _ = parameter.panels(in: placement)
    }
    parameters.append(parameter)
    return parameter
  }
}
