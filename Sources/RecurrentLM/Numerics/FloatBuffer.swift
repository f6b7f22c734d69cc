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

  deinit { arena.giveBack(base, count, of: use) }

  /// Whether all values are finite numbers.
  var isFinite: Bool { UnsafeBufferPointer(start: base, count: count).areFinite }

  /// Takes the values of a buffer of the same size.
  func copy(from other: FloatBuffer) {
    precondition(count == other.count, "buffers of different sizes")
    base.update(from: other.base, count: count)
  }

  /// Where matrices that begin at `offset` are placed.
  func placement(at offset: Int = 0) -> Placement {
    precondition(0 <= offset && offset <= count, "an offset outside the buffer")
    return Placement(base: base + offset, capacity: count - offset)
  }

  /// A buffer as large as the matrices that `place` asks for, and what `place` makes of them.
  ///
  /// `place` is called twice: first with a placement that only measures, to find the size, and then
  /// with the memory. It must ask for the same matrices both times, and not touch them.
  ///
  /// - Throws: `InsufficientMemory`.
  static func holding<Content>(
    for use: MemoryUse, in arena: Arena, _ place: (Placement) -> Content
  ) throws(InsufficientMemory) -> (buffer: FloatBuffer, content: Content) {
    let measured = Placement.measuring()
    _ = place(measured)
    let buffer = try FloatBuffer(count: measured.count, for: use, in: arena)
    return (buffer, place(buffer.placement()))
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all values are finite numbers: in others, all bits of the exponent are set.
  var areFinite: Bool {
    let exponent: UInt32 = 0x7F80_0000
    return !reduce(false) { $0 || $1.bitPattern & exponent == exponent }
  }
}
