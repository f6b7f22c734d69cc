/// A line of parts that is made to fit a width: parts are shortened and left out in a given order.
struct FittedLine {
  struct Part {
    /// From the longest to the shortest.
    let forms: [String]
    var style: Style?
    /// For each form that may be given up, with the last one the place, when: the lowest number of all parts
    /// goes first.
    let concessions: [Int]
  }

  var parts: [Part]

  func fitted(columns limit: Int) -> StyledText {
    var shown = parts.map { (forms: $0.forms[...], style: $0.style) }
    func width() -> Int {
      let widths = shown.compactMap { $0.forms.first.map { columns(of: $0) } }
      return widths.reduce(0, +) + 2 * max(0, widths.count - 1)
    }
    let concessions = parts.enumerated().flatMap { index, part in
      part.concessions.map { (order: $0, part: index) }
    }
    for next in concessions.sorted(by: { $0.order < $1.order }) where width() > limit {
      shown[next.part].forms = shown[next.part].forms.dropFirst()
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
