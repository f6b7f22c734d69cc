import Synchronization

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
    fstat(descriptor, &status)
    switch status.st_mode & S_IFMT {
    case S_IFREG: count = Int(status.st_size)
    // Some never end.
    case S_IFCHR, S_IFBLK: throw POSIXError(.EINVAL)
    default:
      let bytes = try bytes(from: descriptor)
      (pipe, count) = (bytes, bytes.count)
    }
  }

  deinit { close(descriptor) }

  /// Reads some of its bytes.
  ///
  /// - Returns: how many there are; less than asked for where the file is shorter by now.
  /// - Throws: `POSIXError`.
  func read(_ range: Range<Int>, into memory: UnsafeMutableRawBufferPointer) throws -> Int {
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

/// The beginning of a file as text; nil where it cannot be read.
public func beginning(ofFile path: String, bytes count: Int) -> String? {
  guard let file = try? PartlyReadFile(path) else { return nil }
  var bytes = [UInt8](repeating: 0, count: min(count, file.count))
  let read = bytes.withUnsafeMutableBytes { try? file.read(0..<$0.count, into: $0) }
  return read.map { String(decoding: bytes.prefix($0), as: UTF8.self) }
}

/// - Throws: `POSIXError`; `CancellationError` where `readingIsCancelled`.
func openedForReading(_ path: String) throws -> Int32 {
  while true {
    // That of a pipe waits for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 { return descriptor }
    try throwUnlessInterrupted()
    try checkReading()
  }
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

/// Writes bytes at a place of a file.
///
/// - Throws: `POSIXError`.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at place: Int) throws {
  let mostAtOnce = 1 << 30
  var done = 0
  while done < bytes.count {
    let count = pwrite(
      descriptor, bytes.baseAddress.map { $0 + done }, min(bytes.count - done, mostAtOnce),
      off_t(place + done))
    if count > 0 {
      done += count
    } else if count == 0 {
      throw POSIXError(.ENOSPC)
    } else {
      try throwUnlessInterrupted()
    }
  }
}

/// - Throws: `CancellationError` where `readingIsCancelled`.
func checkReading() throws {
  if readingIsCancelled.load(ordering: .relaxed) { throw CancellationError() }
}

/// Set, for one by a handler of signals, it lets whoever reads a text stop with a `CancellationError`.
public let readingIsCancelled = Atomic<Bool>(false)

/// After a call of the operating system that failed. One that a signal interrupted is made again.
func throwUnlessInterrupted() throws {
  if errno != EINTR { throw lastSystemError }
}

private var lastSystemError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

/// Why a file operation of Foundation failed, in the operating system's words where it has any.
func reason(of error: any Error) -> String {
  if let system = error as? POSIXError { return text(ofError: system.code.rawValue) }
  if let cocoa = error as? CocoaError, let cause = cocoa.underlying { return reason(of: cause) }
  return String(describing: error)
}

/// What the operating system calls an error.
func text(ofError code: Int32) -> String { String(cString: strerror(code)) }
