/// Accounts for the memory of a model and of everything that computes with it, and allocates it.
///
/// An arena that only measures hands out addresses that must not be used: the same code that makes a
/// trainer then adds up what it would allocate, before anything is allocated.
///
/// Unchecked: buffers are allocated and freed by the thread that owns the model.
public final class Arena: @unchecked Sendable {
  private let measures: Bool
  /// Allocated, or only measured.
  private(set) var bytes: [MemoryUse: Int] = [:]

  /// - Parameter measures: whether to add memory up without allocating it.
  public init(measures: Bool = false) { self.measures = measures }

  private static func size<Value>(_ count: Int, of type: Value.Type) -> Int {
    max(count, 1) * MemoryLayout<Value>.stride
  }

  /// Zeroed values, aligned to a cache line, or to a large page where they fill one.
  ///
  /// - Throws: `InsufficientMemory`.
  func take<Value: BitwiseCopyable & AdditiveArithmetic>(
    _ count: Int, for use: MemoryUse
  ) throws(InsufficientMemory) -> UnsafeMutablePointer<Value> {
    let size = Arena.size(count, of: Value.self)
    let needed = bytes.merging([use: size], uniquingKeysWith: +)
    if measures {
      bytes = needed
      return Arena.addressOfNothing()
    }
    let taken = bytes.values.reduce(0, +)
    try InsufficientMemory.check(needed, taken: taken)
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, size < largePageSize ? 64 : largePageSize, size) == 0, let memory
    else { throw InsufficientMemory(needed: needed, available: taken) }
    bytes = needed
    adviseLargePages(memory, byteCount: size)
    let values = memory.bindMemory(to: Value.self, capacity: max(count, 1))
    values.initialize(repeating: .zero, count: count)
    return values
  }

  /// An address that is never read or written.
  static func addressOfNothing<Value>() -> UnsafeMutablePointer<Value> {
    // Any address but 0, which would be no pointer.
    UnsafeMutablePointer(bitPattern: 1 << 12).unsafelyUnwrapped
  }

  func giveBack<Value>(_ values: UnsafeMutablePointer<Value>, _ count: Int, of use: MemoryUse) {
    bytes[use, default: 0] -= Arena.size(count, of: Value.self)
    if !measures { free(values) }
  }
}
