/// A line of parts that is made to fit a width: parts are shortened and left out in a given order.
struct FittedLine {
  struct Part {
    /// From the longest to the shortest.
    let forms: [String]
    var style: Style?
  }

  var parts: [Part]
  /// The numbers of parts, each of which gives up a form, or with the last one its place.
  let concessions: [Int]

  func fitted(columns limit: Int) -> StyledText {
    var shown = parts.map { (forms: $0.forms[...], style: $0.style) }
    func width() -> Int {
      let widths = shown.compactMap { $0.forms.first.map { columns(of: $0) } }
      return widths.reduce(0, +) + 2 * max(0, widths.count - 1)
    }
    for part in concessions where width() > limit {
      shown[part].forms = shown[part].forms.dropFirst()
    }
    var line = StyledText()
    for (forms, style) in shown {
      guard let text = forms.first else { continue }
      if !line.runs.isEmpty { line.append("  ") }
      line.append(text, style)
    }
    return line.prefix(columns: limit)
  }
}
