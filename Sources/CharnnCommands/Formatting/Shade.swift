import RecurrentLM

/// How strongly a character is coloured: not at all, or in one of six steps of red for positive and of
/// blue for negative values. The same colours on a terminal and in a page, legible on light and dark
/// backgrounds, since a step brings its own colour of the letters.
struct Shade: Hashable {
  /// From -6 to 6; 0: not coloured.
  let level: Int

  static let levels = -6...6

  /// - Parameter value: from -1 to 1; what lies beyond is taken as the nearest.
  init(_ value: Double) {
    level = value.isNaN ? 0 : Int((6 * max(-1, min(1, value))).rounded())
  }

  /// Of a surprisal: none up to half a bit, the strongest from 6.5 bits on.
  init(surprisalBits bits: Double) { self.init(max(0, bits - 0.5) / 6) }

  /// Of a probability: none for a sure character, the strongest below e^-4.5 or so, as of its surprisal.
  init(probability: Double) { self.init(surprisalBits: -log2(probability)) }

  /// The background, as a colour of the palette of 256 and as one of a page.
  private var background: (palette: Int, page: String) {
    switch level {
    case 1: (230, "#ffffd7")
    case 2: (223, "#ffd7af")
    case 3: (216, "#ffaf87")
    case 4: (209, "#ff875f")
    case 5: (203, "#ff5f5f")
    case 6: (160, "#d70000")
    case -1: (195, "#d7ffff")
    case -2: (153, "#afd7ff")
    case -3: (111, "#87afff")
    case -4: (75, "#5fafff")
    case -5: (33, "#0087ff")
    case -6: (26, "#005fd7")
    default: (0, "transparent")
    }
  }

  /// Whether the letters are white.
  private var isDark: Bool { abs(level) >= 6 }

  /// The parameters of Select Graphic Rendition.
  var graphicRendition: String {
    level == 0 ? "0" : "38;5;\(isDark ? 231 : 16);48;5;\(background.palette)"
  }

  /// The class of an element in a page; nil where it is not coloured.
  var pageClass: String? { level == 0 ? nil : level > 0 ? "p\(level)" : "n\(-level)" }

  /// The style sheet of all classes.
  static let styleSheet = levels.compactMap { level -> String? in
    let shade = Shade(Double(level) / 6)
    return shade.pageClass.map {
      ".\($0){background:\(shade.background.page);color:\(shade.isDark ? "#fff" : "#000")}"
    }
  }.joined(separator: "\n")
}
