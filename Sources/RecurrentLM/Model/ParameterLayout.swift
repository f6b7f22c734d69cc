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
  let slot: ParameterSlot

  /// The number of values.
  public var count: Int { shape.reduce(1, *) }

  /// The values in PyTorch's order, row-major.
  func values(in buffer: FloatBuffer) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { values, initializedCount in
      forEachPiece(in: buffer) { piece in
        guard let base = values.baseAddress else { return }
        piece.copy(to: base + initializedCount)
        initializedCount += piece.count
      }
    }
  }

  /// Stores values that come in PyTorch's order.
  func store(_ values: [Float], in buffer: FloatBuffer) {
    precondition(values.count == count, "\(name) has \(count) values")
    var stored = 0
    values.withUnsafeBufferPointer { values in
      forEachPiece(in: buffer) { piece in
        guard let base = values.baseAddress else { return }
        piece.copy(from: base + stored)
        stored += piece.count
      }
    }
  }

  /// Visits the values in PyTorch's order in pieces: those of a panel of a weight, of one gate's bias,
  /// of some rows of an embedding.
  func forEachPiece(in buffer: FloatBuffer, _ body: (ParameterPiece) throws -> Void) rethrows {
    switch slot {
    case .strips(let slot):
      let matrix = buffer[slot]
      for index in 0..<matrix.strips {
        let first =
          matrix.columns(ofStrip: index).lowerBound
          - matrix.block(ofStrip: index) * matrix.blockColumns
        let strip = matrix.strip(index)
        let panel = strip.columns(0..<min(strip.columns, columns.size - first)).transposed
        try body(ParameterPiece(panel, columns: rows))
      }
    case .rows(let slot) where rows.count == 1:
      for index in 0..<columns.blocks {
        let block = buffer[slot].columns(columns.storedRange(index))
        try body(ParameterPiece(block, columns: Axis(blocks: 1, size: columns.size)))
      }
    case .rows(let slot):
      for first in stride(from: 0, to: rows.count, by: 1_024) {
        let some = buffer[slot].rows(first..<min(first + 1_024, rows.count))
        try body(ParameterPiece(some, columns: columns))
      }
    }
  }
}

/// Rows of a parameter as PyTorch has them, which follow each other there.
struct ParameterPiece {
  /// Those rows in memory, their columns in blocks that are padded.
  private let stored: Matrix
  private let columns: Axis

  fileprivate init(_ stored: Matrix, columns: Axis) {
    self.stored = stored
    self.columns = columns
  }

  /// The number of values.
  var count: Int { stored.rows * columns.count }

  /// Copies the values to memory in which they follow each other.
  func copy(to values: UnsafeMutablePointer<Float>) {
    forEachBlock(of: values) { stored, ordered in ordered.copy(from: stored) }
  }

  /// Takes values that follow each other.
  func copy(from values: UnsafePointer<Float>) {
    forEachBlock(of: UnsafeMutablePointer(mutating: values)) { stored, ordered in
      if stored.isTransposed {
        stored.transposed.copy(from: ordered.transposed)
      } else {
        stored.copy(from: ordered)
      }
    }
  }

  private func forEachBlock(
    of values: UnsafeMutablePointer<Float>, _ body: (Matrix, Matrix) -> Void
  ) {
    let ordered = Matrix(
      base: values, rows: stored.rows, columns: columns.count, rowStride: columns.count)
    for index in 0..<columns.blocks {
      body(stored.columns(columns.storedRange(index)), ordered.columns(columns.range(index)))
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
    append(name, shape: [outputs.count, inputs.count], inputs, outputs, .strips(slot))
    return slot
  }

  /// A bias is one row; all other rows are padded like columns, for they meet padded columns.
  mutating func appendBias(_ name: String, _ outputs: Axis) -> MatrixSlot {
    let slot = plan.append(rows: 1, columns: outputs.stored)
    append(name, shape: [outputs.count], Axis(blocks: 1, size: 1), outputs, .rows(slot))
    return slot
  }

  mutating func appendEmbedding(rows: Axis, columns: Axis) -> MatrixSlot {
    let slot = plan.append(rows: rows.stored, columns: columns.stored)
    append(
      "embedding.weight", shape: [rows.count, columns.count], rows, columns, .rows(slot))
    return slot
  }

  private mutating func append(
    _ name: String, shape: [Int], _ rows: Axis, _ columns: Axis, _ slot: ParameterSlot
  ) {
    parameters.append(
      Parameter(name: name, shape: shape, rows: rows, columns: columns, slot: slot))
  }
}
