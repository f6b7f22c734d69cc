import RecurrentLM

/// The log of a training: the lines of `--json`, or a table of the epochs where the name ends in `.csv`.
final class LogFile {
  private let path: String
  private let isTable: Bool
  private let isContinued: Bool
  private let file: OutputFile
  private let console: Console
  /// Opened by the first line.
  private var descriptor: Int32?

  /// Claims the place.
  ///
  /// - Parameters:
  ///   - isContinued: whether lines are added to what is there.
  ///   - keepsPresent: whether what is there is else kept under another name.
  /// - Throws: `OutputFileError` where there is a file that is no log of charnn.
  init(
    _ path: String, isContinued: Bool, keepsPresent: Bool, _ console: Console
  ) throws(OutputFileError) {
    self.path = path
    self.isContinued = isContinued
    self.console = console
    let isTable = path.lowercased().hasSuffix(".csv")
    self.isTable = isTable
    let mark = isTable ? CSVReporter.header : #"{"event":"#
    file = try OutputFile(path, keepsPresent: keepsPresent && !isContinued) { path in
      beginning(ofFile: path, bytes: mark.utf8.count) == mark
    }
  }

  deinit { if let descriptor { close(descriptor) } }

  /// What writes its lines.
  var reporter: any TrainingReporter {
    isTable ? CSVReporter(write: write) : JSONReporter(write: write)
  }

  /// - Throws: `OutputFileError`.
  private func write(_ line: String) throws {
    do {
      try writeAll(line + "\n", to: try opened())
    } catch let error as OutputError {
      throw OutputFileError(path, error.reason, .impossible)
    }
  }

  private func opened() throws -> Int32 {
    if let descriptor { return descriptor }
    let isNew = (beginning(ofFile: path, bytes: 1) ?? "").isEmpty
    if !isContinued || isNew, let kept = try file.replace({ _ in }) {
      console.hint("the log that stood there is now \(kept)")
    }
    let opened = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard opened >= 0 else {
      throw OutputFileError(path, String(cString: strerror(errno)), .impossible)
    }
    descriptor = opened
    if isTable, !isContinued || isNew { try writeAll(CSVReporter.header + "\n", to: opened) }
    return opened
  }
}
