import RecurrentLM

/// The lines at the bottom of the terminal that are redrawn in place.
final class LiveRegion {
  /// The columns of each line that is shown.
  private var widths: [Int] = []
  private var continuationCount = RunningTime.continuationCount

  /// The control sequences that replace what is shown.
  ///
  /// - Parameter lines: text and its columns, each less than the terminal has.
  func replace(with lines: [(text: String, width: Int)], terminalColumns: Int) -> String {
    if continuationCount != RunningTime.continuationCount {
      // The shell has written below the lines.
      continuationCount = RunningTime.continuationCount
      widths = []
    }
    guard !(lines.isEmpty && widths.isEmpty) else { return "" }
    // A terminal that has become narrower has wrapped the lines.
    let rows = widths.reduce(0) { $0 + max(1, ($1 + terminalColumns - 1) / terminalColumns) }
    widths = lines.map(\.width)
    return "\r" + (rows > 1 ? "\u{1b}[\(rows - 1)A" : "") + "\u{1b}[K"
      + lines.map(\.text).joined(separator: "\r\n\u{1b}[K")
      + (rows > max(lines.count, 1) ? "\u{1b}[J" : "")
  }

  /// Leaves the lines where they are.
  func finish() -> String {
    defer { widths = [] }
    return widths.isEmpty ? "" : "\r\n"
  }
}
