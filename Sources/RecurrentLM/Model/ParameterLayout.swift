/// One side of a parameter: `blocks` groups of `size` numbers, such as the gates of a cell or the
/// two directions of a layer. In memory each group is padded to a multiple of 16.
struct Axis: Equatable, Sendable {
  let blocks: Int
  let size: Int

  var count: Int { blocks * size }
  var stored: Int { blocks * Matrix.padded(size) }

  /// The `index`-th group among all numbers, and in memory.
  func range(_ index: Int) -> Range<Int> { index * size..<(index + 1) * size }
  func storedRange(_ index: Int) -> Range<Int> {
    index * Matrix.padded(size)..<index * Matrix.padded(size) + size
  }
}

/// The place of a parameter in a flat buffer.
enum ParameterSlot: Equatable, Sendable {
  case rows(MatrixSlot)
  /// As products with weights read them.
  case strips(StripedSlot)
}

/// One parameter: its name and shape as PyTorch has them, and its place in the flat buffer.
public struct Parameter: Equatable, Sendable {
  /// As in a PyTorch `state_dict`: `rnn.weight_ih_l0`, …
  public let name: String
  /// As in PyTorch: `[outputs, inputs]`, `[outputs]`; `[vocabulary, width]` of an embedding.
  public let shape: [Int]
  /// The rows and columns that are kept in memory. A weight lies there transposed, (inputs,
  /// outputs), so that a one-hot input picks a row and a product reads rows in order.
  let rows: Axis
  let columns: Axis
  let isTransposed: Bool
  let slot: ParameterSlot

  /// The number of values.
  public var count: Int { shape.reduce(1, *) }

  /// The values in PyTorch's order, row-major.
  func values(in buffer: FloatBuffer) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { values, initializedCount in
      guard let base = values.baseAddress else { return }
      forEachPart(in: buffer, ordered: base) { stored, ordered in
        ordered.copy(from: isTransposed ? stored.transposed : stored)
      }
      initializedCount = count
    }
  }

  /// Stores values that come in PyTorch's order.
  func store(_ values: [Float], in buffer: FloatBuffer) {
    precondition(values.count == count, "\(name) has \(count) values")
    values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      forEachPart(in: buffer, ordered: .init(mutating: base)) { stored, ordered in
        stored.copy(from: isTransposed ? ordered.transposed : ordered)
      }
    }
  }

  /// Visits what lies together, such as one gate's weights: a part of the parameter in memory, and the
  /// same part of the values in PyTorch's order.
  private func forEachPart(
    in buffer: FloatBuffer, ordered values: UnsafeMutablePointer<Float>,
    _ body: (Matrix, Matrix) -> Void
  ) {
    let (height, width) = isTransposed ? (columns, rows) : (rows, columns)
    let ordered = Matrix(
      base: values, rows: height.count, columns: width.count, rowStride: width.count)
    for (stored, columns) in columnsTogether(in: buffer) {
      for index in 0..<rows.blocks {
        let (outer, inner) =
          isTransposed ? (columns, rows.range(index)) : (rows.range(index), columns)
        body(stored.rows(rows.storedRange(index)), ordered.rows(outer).columns(inner))
      }
    }
  }

  /// The columns that lie together, without padding: in memory, and which they are of all.
  private func columnsTogether(in buffer: FloatBuffer) -> [(stored: Matrix, columns: Range<Int>)] {
    switch slot {
    case .rows(let slot):
      return (0..<columns.blocks).map { index in
        (buffer[slot].columns(columns.storedRange(index)), columns.range(index))
      }
    case .strips(let slot):
      let matrix = buffer[slot]
      return (0..<matrix.strips).map { index in
        let block = matrix.block(ofStrip: index)
        let first = matrix.columns(ofStrip: index).lowerBound - block * matrix.blockColumns
        let stored = matrix.strip(index)
        let width = min(stored.columns, columns.size - first)
        let start = block * columns.size + first
        return (stored.columns(0..<width), start..<start + width)
      }
    }
  }
}

/// The parameters of one direction of one layer.
struct CellParameters: Sendable {
  /// (inputs, gates · H)
  let inputWeight: StripedSlot
  /// (H, gates · H)
  let hiddenWeight: StripedSlot
  /// (1, gates · H)
  let inputBias: MatrixSlot
  let hiddenBias: MatrixSlot
}

extension FloatBuffer {
  subscript(_ parameters: CellParameters) -> CellWeights {
    CellWeights(
      input: self[parameters.inputWeight], hidden: self[parameters.hiddenWeight],
      inputBias: self[parameters.inputBias], hiddenBias: self[parameters.hiddenBias])
  }
}

/// The one table of all parameters. Initialisation, gradients, the optimiser, clipping, the
/// checkpoint and `inspect` walk it.
public struct ParameterLayout: Sendable {
  /// In PyTorch's order: embedding, layers (forward, then reverse), output.
  public let parameters: [Parameter]
  /// By layer and direction.
  let cells: [[CellParameters]]
  /// (V, E)
  let embedding: MatrixSlot?
  /// (directions · H, V)
  let outputWeight: StripedSlot
  /// (1, V)
  let outputBias: MatrixSlot
  /// Hidden units of each layer and direction.
  let hidden: Int
  let plan: BufferPlan

  public init(_ architecture: Architecture, vocabularySize: Int) {
    hidden = architecture.hidden
    var table = Table()
    let vocabulary = Axis(blocks: 1, size: vocabularySize)
    let units = Axis(blocks: 1, size: architecture.hidden)
    let bothDirections = Axis(blocks: architecture.directions, size: architecture.hidden)
    let gates = Axis(blocks: architecture.cellRules.gateCount, size: architecture.hidden)

    var inputs = vocabulary
    if architecture.embedding > 0 {
      inputs = Axis(blocks: 1, size: architecture.embedding)
      embedding = table.appendEmbedding(rows: vocabulary, columns: inputs)
    } else {
      embedding = nil
    }
    let output = architecture.directionsMeet ? bothDirections : units
    var cells: [[CellParameters]] = []
    for layer in 0..<architecture.layers {
      let layerInputs = layer == 0 ? inputs : output
      cells.append(
        ["", "_reverse"].prefix(architecture.directions).map { direction in
          let suffix = "_l\(layer)\(direction)"
          return CellParameters(
            inputWeight: table.appendWeight("rnn.weight_ih" + suffix, layerInputs, gates),
            hiddenWeight: table.appendWeight("rnn.weight_hh" + suffix, units, gates),
            inputBias: table.appendBias("rnn.bias_ih" + suffix, gates),
            hiddenBias: table.appendBias("rnn.bias_hh" + suffix, gates))
        })
    }
    self.cells = cells
    outputWeight = table.appendWeight("linear.weight", bothDirections, vocabulary)
    outputBias = table.appendBias("linear.bias", vocabulary)
    parameters = table.parameters
    plan = table.plan
  }

  /// Whether a character picks one of this parameter's rows: the embedding's, or those of the first
  /// layer's input weights.
  func isPickedByCharacters(_ parameter: Parameter) -> Bool {
    embedding.map { .rows($0) == parameter.slot }
      ?? (cells.first ?? []).contains { .strips($0.inputWeight) == parameter.slot }
  }

  /// The number of trained values.
  public var count: Int { parameters.reduce(0) { $0 + $1.count } }
}

/// A layout in the making.
private struct Table {
  var parameters: [Parameter] = []
  var plan = BufferPlan()

  mutating func appendWeight(_ name: String, _ inputs: Axis, _ outputs: Axis) -> StripedSlot {
    let slot = plan.appendStriped(
      rows: inputs.stored, blockColumns: Matrix.padded(outputs.size), blocks: outputs.blocks)
    append(
      name, shape: [outputs.count, inputs.count], inputs, outputs, isTransposed: true,
      .strips(slot))
    return slot
  }

  /// A bias is one row; all other rows are padded like columns, for they meet padded columns.
  mutating func appendBias(_ name: String, _ outputs: Axis) -> MatrixSlot {
    let slot = plan.append(rows: 1, columns: outputs.stored)
    append(
      name, shape: [outputs.count], Axis(blocks: 1, size: 1), outputs, isTransposed: false,
      .rows(slot))
    return slot
  }

  mutating func appendEmbedding(rows: Axis, columns: Axis) -> MatrixSlot {
    let slot = plan.append(rows: rows.stored, columns: columns.stored)
    append(
      "embedding.weight", shape: [rows.count, columns.count], rows, columns, isTransposed: false,
      .rows(slot))
    return slot
  }

  private mutating func append(
    _ name: String, shape: [Int], _ rows: Axis, _ columns: Axis, isTransposed: Bool,
    _ slot: ParameterSlot
  ) {
    parameters.append(
      Parameter(
        name: name, shape: shape, rows: rows, columns: columns, isTransposed: isTransposed,
        slot: slot))
  }
}
