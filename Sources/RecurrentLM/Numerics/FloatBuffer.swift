/// The place of a matrix in a flat buffer that is still to be made.
public struct MatrixSlot: Sendable, Equatable {
  let offset: Int
  let rows: Int
  let columns: Int
  let stride: Int
}

/// The place of a striped matrix in a flat buffer that is still to be made.
struct StripedSlot: Sendable, Equatable {
  let offset: Int
  let rows: Int
  let blockColumns: Int
  let blocks: Int

  var columns: Int { blocks * blockColumns }
}

/// Adds up the matrices that one flat buffer shall hold. The sum is known before any memory is
/// taken, so that what does not fit can be refused.
struct BufferPlan {
  /// Floats so far.
  private(set) var count = 0

  /// Appends a matrix of `rows` x `columns`, whose rows begin on cache lines.
  mutating func append(rows: Int, columns: Int) -> MatrixSlot {
    let slot = MatrixSlot(
      offset: count, rows: rows, columns: columns, stride: Matrix.stride(columns: columns))
    count += rows * slot.stride
    return slot
  }

  /// Appends a striped matrix of `rows` x (`blocks` x `blockColumns`).
  mutating func appendStriped(rows: Int, blockColumns: Int, blocks: Int = 1) -> StripedSlot {
    let slot = StripedSlot(offset: count, rows: rows, blockColumns: blockColumns, blocks: blocks)
    count +=
      blocks * StripedMatrix.strips(columns: blockColumns)
      * StripedMatrix.stripStride(rows: rows, blockColumns: blockColumns)
    return slot
  }
}

/// Zeroed memory for floats, aligned to a cache line, or to a large page where it fills one.
///
/// Unchecked: threads write disjoint parts of a buffer and meet at barriers in between.
final class FloatBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let arena: Arena
  private let use: MemoryUse

  /// - Throws: `InsufficientMemory`.
  init(count: Int, for use: MemoryUse, in arena: Arena) throws(InsufficientMemory) {
    self.count = count
    self.use = use
    self.arena = arena
    base = try arena.take(count, for: use)
  }

  convenience init(
    _ plan: BufferPlan, for use: MemoryUse, in arena: Arena
  ) throws(InsufficientMemory) {
    try self.init(count: plan.count, for: use, in: arena)
  }

  deinit { arena.giveBack(base, count, of: use) }

  /// Whether all values are finite numbers.
  var isFinite: Bool { UnsafeBufferPointer(start: base, count: count).areFinite }

  /// The matrix at `slot`.
  subscript(slot: MatrixSlot) -> Matrix {
    precondition(slot.offset + slot.rows * slot.stride <= count, "slot outside the buffer")
    return Matrix(
      base: base + slot.offset, rows: slot.rows, columns: slot.columns, rowStride: slot.stride)
  }

  /// The striped matrix at `slot`.
  subscript(slot: StripedSlot) -> StripedMatrix {
    StripedMatrix(
      base: base + slot.offset, rows: slot.rows, blockColumns: slot.blockColumns,
      blocks: slot.blocks)
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all values are finite numbers. Of others all bits of the exponent are set.
  var areFinite: Bool {
    let exponent: UInt32 = 0x7F80_0000
    return !reduce(false) { $0 || $1.bitPattern & exponent == exponent }
  }
}
