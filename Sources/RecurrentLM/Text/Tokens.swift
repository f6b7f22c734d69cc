/// The ids of a text's characters: one byte each for up to 256 different ones, two for up to 65,536,
/// else four.
///
/// Unchecked: nothing writes to the memory once this has been made.
public struct Tokens: RandomAccessCollection, @unchecked Sendable {
  public let count: Int
  private let base: UnsafeRawPointer
  private let width: TokenWidth
  /// Keeps the memory.
  private let storage: TokenStorage

  /// - Parameter storage: is not written to any more.
  init(_ storage: TokenStorage) {
    storage.trim()
    self.storage = storage
    base = UnsafeRawPointer(storage.base)
    count = storage.count
    width = storage.width
  }

  /// A copy of ids, which are at least 0.
  ///
  /// - Throws: `InsufficientMemory`.
  public init(_ ids: some Collection<Int32>) throws(InsufficientMemory) {
    let storage = try TokenStorage()
    try storage.reserve(ids.count)
    for id in ids {
      precondition(id >= 0, "an id is at least 0")
      try storage.append(id)
    }
    self.init(storage)
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  public subscript(position: Int) -> Int32 {
    precondition(position >= 0 && position < count, "a position outside the text")
    return switch width {
    case .one: Int32(base.load(fromByteOffset: position, as: UInt8.self))
    case .two: Int32(base.load(fromByteOffset: 2 * position, as: UInt16.self))
    case .four: base.load(fromByteOffset: 4 * position, as: Int32.self)
    }
  }

  /// A part of the text, in the same memory.
  public subscript(range: Range<Int>) -> Tokens {
    precondition(0 <= range.lowerBound && range.upperBound <= count, "a range outside the text")
    return Tokens(
      count: range.count, base: base + range.lowerBound * width.rawValue, width: width,
      storage: storage)
  }

  private init(count: Int, base: UnsafeRawPointer, width: TokenWidth, storage: TokenStorage) {
    self.count = count
    self.base = base
    self.width = width
    self.storage = storage
  }

  /// Bytes of memory.
  public var byteCount: Int { count * width.rawValue }

  /// The largest id; nil of an empty text.
  public func max() -> Int32? {
    guard count > 0 else { return nil }
    return switch width {
    case .one: largest(UInt8.self)
    case .two: largest(UInt16.self)
    case .four: largest(UInt32.self)
    }
  }

  private func largest<ID: FixedWidthInteger>(_ type: ID.Type) -> Int32 {
    var largest: ID = 0
    for position in 0..<count {
      let id = base.load(fromByteOffset: position * MemoryLayout<ID>.stride, as: type)
      largest = id > largest ? id : largest
    }
    return Int32(truncatingIfNeeded: largest)
  }
}

extension Tokens: Equatable {
  public static func == (a: Tokens, b: Tokens) -> Bool { a.elementsEqual(b) }
}
