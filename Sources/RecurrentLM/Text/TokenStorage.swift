/// The size of an id in memory, in bytes.
enum TokenWidth: Int {
  case one = 1
  case two = 2
  case four = 4

  /// The narrowest width for the ids 0..<`count`.
  init(ids count: Int) {
    self = count <= 1 << 8 ? .one : count <= 1 << 16 ? .two : .four
  }

  /// How many ids this width can represent.
  var capacity: Int { self == .four ? 1 << 31 : 1 << (8 * rawValue) }

  fileprivate var next: TokenWidth { self == .one ? .two : .four }
}

/// A growing buffer for the ids of a text. It comes from `malloc`, which reports when there is no more
/// memory, and whose `realloc` moves the pages of a large buffer instead of copying them.
final class TokenStorage {
  /// In a table of ids: no id.
  static let absent: Int32 = -1

  private(set) var base: UnsafeMutableRawPointer
  private(set) var width = TokenWidth.one
  private(set) var count = 0
  private var byteCapacity: Int

  /// - Throws: `InsufficientMemory`.
  init() throws(InsufficientMemory) {
    byteCapacity = 64
    guard let memory = malloc(byteCapacity) else {
      throw InsufficientMemory(needed: [.text: byteCapacity], available: 0)
    }
    base = memory
  }

  deinit { free(base) }

  // MARK: Memory

  private var capacity: Int { byteCapacity / width.rawValue }

  /// Reserves memory for `ids` ids in all.
  ///
  /// - Throws: `InsufficientMemory`.
  func reserve(_ ids: Int) throws(InsufficientMemory) {
    let (bytes, isTooMuch) = ids.multipliedReportingOverflow(by: width.rawValue)
    if isTooMuch || bytes > byteCapacity { try resize(to: isTooMuch ? .max : bytes) }
  }

  /// Grows by a quarter: pages not written yet take no memory, but count against limits.
  private func grow() throws(InsufficientMemory) {
    try resize(to: byteCapacity + byteCapacity / 4)
  }

  /// Releases unused memory.
  func trim() {
    let bytes = max(count * width.rawValue, 64)
    guard bytes < byteCapacity, let memory = realloc(base, bytes) else { return }
    base = memory
    byteCapacity = bytes
  }

  private func resize(to bytes: Int) throws(InsufficientMemory) {
    try InsufficientMemory.check([.text: bytes], taken: byteCapacity)
    guard let memory = realloc(base, bytes) else {
      throw InsufficientMemory(needed: [.text: bytes], available: byteCapacity)
    }
    base = memory
    byteCapacity = bytes
    let inner = memory.alignedUp(toMultipleOf: largePageSize)
    adviseLargePages(inner, byteCount: bytes - (inner - memory))
  }

  // MARK: Writing

  /// - Precondition: `id` is at least 0.
  /// - Throws: `InsufficientMemory`.
  func append(_ id: Int32) throws(InsufficientMemory) {
    while Int(id) >= width.capacity { try widen(to: width.next) }
    if count == capacity { try grow() }
    switch width {
    case .one: ids(UInt8.self)[count] = UInt8(truncatingIfNeeded: id)
    case .two: ids(UInt16.self)[count] = UInt16(truncatingIfNeeded: id)
    case .four: ids(UInt32.self)[count] = UInt32(truncatingIfNeeded: id)
    }
    count += 1
  }

  /// Appends the ids that `table`, of 256 entries, has for `bytes`: up to the first byte for which
  /// it has none, as long as there is room, and no more than `most`.
  ///
  /// - Returns: how many.
  /// - Precondition: the ids fit the width.
  func appendRun(
    of bytes: Slice<UnsafeBufferPointer<UInt8>>, _ table: [Int32], most: Int
  ) -> Int {
    let part = UnsafeBufferPointer(rebasing: bytes.prefix(min(capacity - count, most)))
    let length =
      switch width {
      case .one: write(part, table, as: UInt8.self)
      case .two: write(part, table, as: UInt16.self)
      case .four: write(part, table, as: UInt32.self)
      }
    count += length
    return length
  }

  private func write<ID: FixedWidthInteger>(
    _ bytes: UnsafeBufferPointer<UInt8>, _ table: [Int32], as type: ID.Type
  ) -> Int {
    precondition(table.count == 256, "an id for each byte")
    let ids = ids(type) + count
    return table.withUnsafeBufferPointer { table in
      for index in 0..<bytes.count {
        let id = table[Int(bytes[index])]
        if id < 0 { return index }
        ids[index] = ID(truncatingIfNeeded: id)
      }
      return bytes.count
    }
  }

  private func ids<ID: FixedWidthInteger>(_ type: ID.Type) -> UnsafeMutablePointer<ID> {
    base.bindMemory(to: type, capacity: capacity)
  }

  // MARK: Changing ids

  /// Replaces each id by its entry in `table`; those whose entry is `absent` are left out.
  ///
  /// - Parameter count: of ids that the table may hold, 0..<`count`.
  /// - Throws: `InsufficientMemory`.
  func renumber(by table: [Int32], count: Int) throws(InsufficientMemory) {
    let narrow = TokenWidth(ids: count)
    while width.rawValue < narrow.rawValue { try widen(to: width.next) }
    switch (width, narrow) {
    case (.one, _): renumber(by: table, from: UInt8.self, to: UInt8.self)
    case (.two, .one): renumber(by: table, from: UInt16.self, to: UInt8.self)
    case (.two, _): renumber(by: table, from: UInt16.self, to: UInt16.self)
    case (.four, .one): renumber(by: table, from: UInt32.self, to: UInt8.self)
    case (.four, .two): renumber(by: table, from: UInt32.self, to: UInt16.self)
    case (.four, .four): renumber(by: table, from: UInt32.self, to: UInt32.self)
    }
    width = narrow
  }

  /// In place, forward, because what is written is never wider than what has been read.
  private func renumber<Old: FixedWidthInteger, New: FixedWidthInteger>(
    by table: [Int32], from old: Old.Type, to new: New.Type
  ) {
    let base = base
    var written = 0
    table.withUnsafeBufferPointer { table in
      for index in 0..<count {
        let id = base.load(fromByteOffset: index * MemoryLayout<Old>.stride, as: old)
        let number = table[Int(id)]
        base.storeBytes(
          of: New(truncatingIfNeeded: number), toByteOffset: written * MemoryLayout<New>.stride,
          as: new)
        // One that is left out is written over.
        written += number < 0 ? 0 : 1
      }
    }
    count = written
  }

  /// In place, from the last id to the first, so that those still to be read are not overwritten.
  private func widen(to new: TokenWidth) throws(InsufficientMemory) {
    let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: new.rawValue)
    if isTooMuch || bytes > byteCapacity { try resize(to: isTooMuch ? .max : bytes) }
    switch (width, new) {
    case (.one, .two): widen(from: UInt8.self, to: UInt16.self)
    case (.one, .four): widen(from: UInt8.self, to: UInt32.self)
    case (.two, .four): widen(from: UInt16.self, to: UInt32.self)
    default: preconditionFailure("ids only become wider")
    }
    width = new
  }

  private func widen<Old: FixedWidthInteger, New: FixedWidthInteger>(
    from old: Old.Type, to new: New.Type
  ) {
    for index in (0..<count).reversed() {
      let id = base.load(fromByteOffset: index * MemoryLayout<Old>.stride, as: old)
      base.storeBytes(
        of: New(truncatingIfNeeded: id), toByteOffset: index * MemoryLayout<New>.stride, as: new)
    }
  }
}
