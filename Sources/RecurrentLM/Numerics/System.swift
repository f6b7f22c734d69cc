#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// All bytes of standard input.
///
/// - Throws: `POSIXError`.
func standardInput() throws -> [UInt8] { try bytes(from: STDIN_FILENO) }

/// All bytes of a file that may also be a pipe, such as a shell's `<(command)`: Foundation reads
/// none of those that come later than its first look.
///
/// - Throws: `POSIXError`.
func bytes(ofFile path: String) throws -> [UInt8] {
  let descriptor = try openedForReading(path)
  defer { close(descriptor) }
  return try bytes(from: descriptor)
}

/// A file of which only parts are read; of a pipe, everything. It is not mapped into memory: when
/// another program cuts off a mapped file, a signal ends this one.
final class PartlyReadFile {
  let path: String
  /// Bytes that it had when it was opened.
  private(set) var count = 0
  private let descriptor: Int32
  private var pipe: [UInt8]?

  /// - Throws: `POSIXError`.
  init(_ path: String) throws {
    self.path = path
    descriptor = try openedForReading(path)
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      count = Int(status.st_size)
    } else {
      let bytes = try bytes(from: descriptor)
      (pipe, count) = (bytes, bytes.count)
    }
  }

  deinit { close(descriptor) }

  /// What lies in some of its bytes; less than asked for where the file is shorter by now.
  ///
  /// - Throws: `POSIXError`.
  func values<Value: BitwiseCopyable>(in range: Range<Int>) throws -> [Value] {
    let size = MemoryLayout<Value>.stride
    return try Array(unsafeUninitializedCapacity: range.count / size) { values, initializedCount in
      let read = try read(range, into: UnsafeMutableRawBufferPointer(values))
      initializedCount = read / size
    }
  }

  private func read(_ range: Range<Int>, into memory: UnsafeMutableRawBufferPointer) throws -> Int {
    if let pipe {
      memory.copyBytes(from: pipe[range])
      return range.count
    }
    let mostAtOnce = 1 << 30  // Darwin refuses two gigabytes.
    var done = 0
    while done < range.count {
      let count = pread(
        descriptor, memory.baseAddress.map { $0 + done }, min(range.count - done, mostAtOnce),
        off_t(range.lowerBound + done))
      if count == 0 { break }
      if count > 0 { done += count } else { try throwUnlessInterrupted() }
    }
    return done
  }
}

/// - Throws: `POSIXError`.
private func openedForReading(_ path: String) throws -> Int32 {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw lastSystemError }
  return descriptor
}

private func bytes(from descriptor: Int32) throws -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count == 0 { return bytes }
    if count > 0 { bytes += chunk[..<count] } else { try throwUnlessInterrupted() }
  }
}

/// After a call of the operating system that failed. One that a signal interrupted is made again.
private func throwUnlessInterrupted() throws {
  if errno != EINTR { throw lastSystemError }
}

private var lastSystemError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

/// Why a file operation of Foundation failed, in the operating system's words where it has any.
func reason(of error: any Error) -> String {
  if let system = error as? POSIXError { return String(cString: strerror(system.code.rawValue)) }
  if let cocoa = error as? CocoaError, let cause = cocoa.underlying { return reason(of: cause) }
  return String(describing: error)
}

/// How many threads of this process can run at a time: on the processors that it is bound to, as
/// `taskset` and containers do, and within the quota of its control group. At least 1. More threads
/// would only wait for each other.
public let availableProcessorCount = max(
  1,
  min(
    ProcessInfo.processInfo.activeProcessorCount,
    text(ofFile: "/proc/self/status").flatMap(processors(ofStatus:)) ?? .max,
    text(ofFile: "/sys/fs/cgroup/cpu.max").flatMap(processors(ofQuota:)) ?? .max))

private func text(ofFile path: String) -> String? {
  (try? bytes(ofFile: path)).map { String(decoding: $0, as: UTF8.self) }
}

/// The processors of the mask in a process's `status` (Linux, proc(5)), of which Foundation takes no
/// notice: `Cpus_allowed:` and hexadecimal digits.
func processors(ofStatus text: String) -> Int? {
  let mask = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
  return mask?.split(separator: ":").last?.reduce(0) {
    $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount
  }
}

/// What the `cpu.max` of a control group (Linux, cgroups(7)) is worth: microseconds of processor time
/// in each period, and the period's microseconds. Rounded up; nil if there is no limit.
func processors(ofQuota text: String) -> Int? {
  let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
  guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], period > 0 else {
    return nil
  }
  return Int(exactly: (quota / period).rounded(.up))
}

/// Of x86-64, and of arm64 with pages of 4 KB.
let largePageSize = 1 << 21

/// Asks for large pages behind memory that begins with one and has not been touched yet. Strided
/// walks through megabytes otherwise wait for address translation, most of all on virtual machines:
/// 4% of training time; and the first touch of each small page costs some microseconds.
func adviseLargePages(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
  #if os(Linux)
    // Whether the system follows the advice changes nothing but the speed.
    if byteCount >= largePageSize { madvise(memory, byteCount, 14 /* MADV_HUGEPAGE */) }
  #endif
}
