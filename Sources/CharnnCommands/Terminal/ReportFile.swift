import RecurrentLM

/// A picture or page that a command makes. It replaces one that charnn made before, and nothing else.
struct ReportFile {
  private let file: OutputFile

  /// Claims the place, before the work whose result it shows.
  ///
  /// - Throws: `OutputFileError`.
  init(_ path: String) throws(OutputFileError) {
    file = try OutputFile(path, keepsPresent: false, isOurs: isReport)
  }

  /// - Throws: `OutputFileError`.
  func write(_ text: String) throws { try file.replace(with: text) }
}

/// Whether a file has the mark of charnn's pages and pictures near its beginning.
private func isReport(_ path: String) -> Bool {
  guard let beginning = beginning(ofFile: path, bytes: 1000) else { return false }
  return beginning.contains(ReportMark.page) || beginning.contains(ReportMark.picture)
}
