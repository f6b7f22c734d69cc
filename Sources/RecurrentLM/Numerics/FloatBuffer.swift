/// The place of a matrix in a flat buffer that is still to be made.
public struct MatrixSlot: Sendable, Equatable {
  let offset: Int
  let rows: Int
  let columns: Int
  let stride: Int
}

/// The place of a packed matrix in a flat buffer that is still to be made.
struct PackedSlot: Sendable {
  let offset: Int
  let rows: Int
  let columns: Int
  let blocks: Int
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

  /// Appends a packed matrix of `rows` x (`blocks` x `columns`).
  mutating func appendPacked(rows: Int, columns: Int, blocks: Int = 1) -> PackedSlot {
    let slot = PackedSlot(offset: count, rows: rows, columns: columns, blocks: blocks)
    count += blocks * PackedMatrix.strips(columns: columns) * rows * PackedMatrix.stripWidth
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

  /// The packed matrix at `slot`.
  subscript(slot: PackedSlot) -> PackedMatrix {
    PackedMatrix(
      base: base + slot.offset, rows: slot.rows, columns: slot.columns, blocks: slot.blocks)
  }
}
