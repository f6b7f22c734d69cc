/// The lines of standard input, each as soon as it has come.
public final class InputLines {
  private let pieces: FilePieces
  /// What has been read beyond the last line.
  private var rest: [UInt8] = []

  /// - Throws: `CorpusError.unreadable`.
  public init() throws { pieces = try InputLines.reading { try FilePieces(nil) } }

  /// - Returns: a line without its end, which is LF or CRLF; nil where there is none any more.
  /// - Throws: `CorpusError.unreadable`; `CancellationError` where `readingIsCancelled`.
  public func next() throws -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 1 << 12)
    var searched = 0
    while true {
      if let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { rest.removeSubrange(...end) }
        return InputLines.withoutReturn(rest[..<end])
      }
      let count = try InputLines.reading { try chunk.withUnsafeMutableBytes(pieces.next) }
      if count == 0 {
        defer { rest = [] }
        return rest.isEmpty ? nil : InputLines.withoutReturn(rest[...])
      }
      searched = rest.count
      rest += chunk[..<count]
    }
  }

  private static func withoutReturn(_ line: ArraySlice<UInt8>) -> [UInt8] {
    Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
  }

  private static func reading<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as POSIXError {
      throw CorpusError.unreadable(path: "standard input", reason: reason(of: error))
    }
  }
}
