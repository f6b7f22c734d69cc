/// The uses of memory that are accounted for.
public enum MemoryUse: String, CaseIterable, Sendable {
  /// The parameters, and in training their gradients, an optimiser's moments and transposed copies.
  case parameters
  /// What each step of a minibatch, or of sequences read side by side, leaves behind.
  case activations
  case text
  /// The decoded header of a checkpoint.
  case header
}

/// More memory is needed than there is.
public struct InsufficientMemory: Error, Equatable {
  /// Bytes.
  public let needed: [MemoryUse: Int]
  /// Bytes that this process may use.
  public let available: Int

  public init(needed: [MemoryUse: Int], available: Int) {
    self.needed = needed
    self.available = available
  }

  /// Bytes needed in all.
  public var total: Int { needed.values.reduce(0, +) }

  /// - Throws: itself, where `needed` is more than this process may use.
  ///
  /// - Parameter taken: how much of it has been taken already.
  static func check(_ needed: [MemoryUse: Int], taken: Int = 0) throws(InsufficientMemory) {
    let available = min(machineMemory, taken + (remainingVirtualMemory ?? .max / 2))
    let error = InsufficientMemory(needed: needed, available: available)
    guard error.total <= available else { throw error }
  }
}

/// The memory of the machine, or less where a control group of this process allows less.
private let machineMemory = min(
  Int(clamping: ProcessInfo.processInfo.physicalMemory),
  controlGroupFiles("memory.max", "memory.limit_in_bytes").compactMap {
    $0.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }.min() ?? .max)

/// `ulimit -v` and the like; nil where there is no limit.
///
/// Some is set aside for threads, the standard library and whatever else does not ask.
private var remainingVirtualMemory: Int? {
  var limit = rlimit()
  #if canImport(Glibc)
    let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  #else
    let status = getrlimit(RLIMIT_AS, &limit)
  #endif
  guard status == 0, limit.rlim_cur < UInt64(Int.max) else { return nil }
  let reserve = 48 << 20
  return max(0, Int(limit.rlim_cur) - mappedMemory - reserve)
}

/// Bytes of virtual memory that this process has now (Linux, proc(5)); 0 where that is not known.
private var mappedMemory: Int {
  let pages = text(ofFile: "/proc/self/statm")?.split(separator: " ").first.flatMap { Int($0) }
  return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
