/// One dimension of a parameter: `blocks` groups of `size`, such as the gates of a cell or the two
/// directions of a layer. In memory each group is padded to a multiple of 16.
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

/// One parameter: its name and shape as PyTorch has them, and its place in the flat buffer.
public struct Parameter: Equatable, Sendable {
  /// How the values lie in memory.
  enum Storage: Equatable {
    case rows
    /// As products with weights read them.
    case panels
  }

  /// As in a PyTorch `state_dict`: `rnn.weight_ih_l0`, …
  public let name: String
  /// As in PyTorch: `[outputs, inputs]`, `[outputs]`; `[vocabulary, width]` of an embedding.
  public let shape: [Int]
  /// The rows and columns that are kept in memory. A weight lies there transposed, (inputs,
  /// outputs), so that a one-hot input picks a row and a product reads rows in order.
  let rows: Axis
  let columns: Axis
  let storage: Storage
  /// Of the first value, in floats from the start of the buffer.
  let offset: Int

  /// Whether this is a bias.
  var isBias: Bool { shape.count == 1 }

  /// A bias, (1, columns), or an embedding in a buffer.
  func matrix(in buffer: FloatBuffer) -> Matrix { matrix(in: buffer.placement(at: offset)) }

  /// A weight in a buffer, a block each of the columns' blocks.
  func panels(in buffer: FloatBuffer) -> PanelMatrix { panels(in: buffer.placement(at: offset)) }

  /// A bias is one row; all other rows are padded like columns, for they meet padded columns.
  func matrix(in placement: Placement) -> Matrix {
    placement.matrix(rows: isBias ? 1 : rows.stored, columns: columns.stored)
  }

  func panels(in placement: Placement) -> PanelMatrix {
    placement.panels(
      rows: rows.stored, blockColumns: Matrix.padded(columns.size), blocks: columns.blocks)
  }

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
    switch storage {
    case .panels:
      let matrix = panels(in: buffer)
      for index in 0..<matrix.panels {
        let first =
          matrix.columns(ofPanel: index).lowerBound
          - matrix.block(ofPanel: index) * matrix.blockColumns
        let panel = matrix.panel(index)
        let outputs = panel.columns(0..<min(panel.columns, columns.size - first)).transposed
        try body(ParameterPiece(outputs, columns: rows))
      }
    case .rows where isBias:
      for index in 0..<columns.blocks {
        let block = matrix(in: buffer).columns(columns.storedRange(index))
        try body(ParameterPiece(block, columns: Axis(blocks: 1, size: columns.size)))
      }
    case .rows:
      for first in stride(from: 0, to: rows.count, by: 1_024) {
        let some = matrix(in: buffer).rows(first..<min(first + 1_024, rows.count))
        try body(ParameterPiece(some, columns: columns))
      }
    }
  }
}

/// Some consecutive rows of a parameter as PyTorch has it.
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
