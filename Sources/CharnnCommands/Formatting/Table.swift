/// Rows in columns as wide as they need, two spaces apart.
///
/// - Parameters:
///   - names: how many of the first columns are aligned left; the others, numbers, right.
///   - width: columns of the terminal; the last columns of the table that do not fit are left out.
func aligned(_ rows: [[String]], names: Int, width: Int = .max) -> [String] {
  let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
    rows.map { column < $0.count ? columns(of: $0[column]) : 0 }.max() ?? 0
  }
  var (shown, used) = (0, 0)
  while shown < widths.count, used + widths[shown] <= width {
    used += widths[shown] + 2
    shown += 1
  }
  return rows.map { row in
    row.prefix(shown).enumerated().map { column, text in
      column < names
        ? padded(text, columns: widths[column]) : rightAligned(text, columns: widths[column])
    }.joined(separator: "  ")
  }
}

/// Breaks a text at spaces into lines of so many columns; a word that is longer is cut.
func wrapped(_ text: String, columns width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ", omittingEmptySubsequences: false) {
    var word = String(word)
    if !line.isEmpty, columns(of: line) + 1 + columns(of: word) <= width {
      line += " " + word
      continue
    }
    if !line.isEmpty { lines.append(line) }
    while columns(of: word) > width {
      let part = prefix(of: word, columns: max(2, width))
      guard !part.isEmpty else { break }
      lines.append(part)
      word.removeFirst(part.count)
    }
    line = word
  }
  return lines + [line]
}

/// Prose whose lines end between words where a terminal would break them within one.
///
/// - Parameter width: columns of the terminal; nil: there is none, and every line stays as it is.
func filled(_ text: String, columns width: Int?) -> String {
  guard let width else { return text }
  return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    columns(of: String(line)) <= width
      ? String(line) : wrapped(String(line), columns: width).joined(separator: "\n")
  }.joined(separator: "\n")
}
