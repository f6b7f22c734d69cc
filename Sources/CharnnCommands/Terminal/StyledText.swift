/// Text of which some parts are coloured on a terminal.
struct StyledText: Equatable {
  private(set) var runs: [Run] = []

  struct Run: Equatable {
    var text: String
    let style: Style?
  }

  init() {}

  init(_ text: String, _ style: Style? = nil) { append(text, style) }

  mutating func append(_ text: String, _ style: Style? = nil) {
    if let last = runs.last, last.style == style {
      runs[runs.count - 1].text += text
    } else {
      runs.append(Run(text: text, style: style))
    }
  }

  static func + (left: StyledText, right: String) -> StyledText {
    var sum = left
    sum.append(right)
    return sum
  }

  static func += (left: inout StyledText, right: StyledText) {
    for run in right.runs { left.append(run.text, run.style) }
  }

  /// As much of the beginning as fits into so many columns.
  func prefix(columns limit: Int) -> StyledText {
    var (part, used) = (StyledText(), 0)
    for run in runs {
      let text = CharnnCommands.prefix(of: run.text, columns: limit - used)
      part.append(text, run.style)
      guard text.count == run.text.count else { break }
      used += CharnnCommands.columns(of: text)
    }
    return part
  }

  /// Without colours.
  var plain: String { runs.map(\.text).joined() }

  /// With the control sequences of ECMA-48 that terminals colour by. What the text itself would control
  /// is made visible.
  var escapeSequences: String {
    runs.map { run in
      guard let style = run.style else { return visible(run.text) }
      // A colour that is not switched off before the line ends would fill the rest of the line.
      return run.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.isEmpty
          ? "" : "\u{1b}[\(style.graphicRendition)m\(visible(String(line)))\u{1b}[0m"
      }.joined(separator: "\n")
    }.joined()
  }
}

/// How a part of a text stands out on a terminal with a light or a dark background.
enum Style: Equatable {
  case bold
  /// Less important than the rest.
  case dim
  /// In one of two colours, those of the curves in training and on the held-out text.
  case training, heldOut
  case shade(Shade)

  /// The parameters of Select Graphic Rendition, with the colours of the usual palette of 256.
  var graphicRendition: String {
    switch self {
    case .bold: "1"
    case .dim: "2"
    case .training: "34"
    case .heldOut: "33"
    case .shade(let shade): shade.graphicRendition
    }
  }
}
