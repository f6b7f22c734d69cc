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

  init(count: Int) {
    self.count = count
    let size = max(count, 1) * MemoryLayout<Float>.stride
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: size, alignment: size < largePageSize ? 64 : largePageSize)
    base = bytes.bindMemory(to: Float.self, capacity: count)
    adviseLargePages(bytes, byteCount: size)
    base.initialize(repeating: 0, count: count)
  }

  convenience init(_ plan: BufferPlan) { self.init(count: plan.count) }

  deinit { base.deallocate() }

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
