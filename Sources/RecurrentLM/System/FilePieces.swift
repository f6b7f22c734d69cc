/// A file, a pipe or standard input, read from start to end in pieces.
final class FilePieces {
  private let descriptor: Int32
  private let isOwn: Bool

  /// - Parameter path: nil for standard input.
  /// - Throws: `POSIXError`.
  init(_ path: String?) throws {
    descriptor = try path.map(openedForReading) ?? STDIN_FILENO
    isOwn = path != nil
  }

  deinit { if isOwn { close(descriptor) } }

  /// Reads what comes next.
  ///
  /// - Returns: how many bytes, at least 1; 0 at the end.
  /// - Throws: `POSIXError`; `CancellationError` where `readingIsCancelled`.
  func next(into memory: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      try checkReading()
      let count = read(descriptor, memory.baseAddress, memory.count)
      if count >= 0 { return count }
      try throwUnlessInterrupted()
    }
  }
}

/// The status of a file, links followed.
struct FileStatus {
  let isRegular: Bool
  /// In bytes; 0 if not known, as for a pipe.
  let size: Int

  /// - Parameter path: nil for standard input.
  /// - Returns: nil if there is no such file, or it may not be asked about.
  init?(_ path: String?) {
    var status = stat()
    guard (path.map { stat($0, &status) } ?? fstat(STDIN_FILENO, &status)) == 0 else { return nil }
    isRegular = status.st_mode & S_IFMT == S_IFREG
    size = isRegular ? Int(status.st_size) : 0
  }
}
