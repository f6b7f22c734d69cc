import RecurrentLM

/// The body of a page that shows a text shaded: each character by its surprisal, or with another model each
/// line by the difference.
final class EvaluationPage: TextReport {
  private let tokens: [String]
  private let compares: Bool
  private var collector: LineCollector
  /// HTML, with the element of the last shade still open.
  private var body = ""
  private var openClass: String?

  /// A longer text is cut, so that the page can be held in memory and shown.
  private static let mostCharacters = 1_000_000
  private var count = 0

  /// Whether the text is longer than what the page shows.
  var isCut: Bool { count > EvaluationPage.mostCharacters }

  /// From how many bits on a character tells what was expected in its place.
  private static let surprisingBits = 3.0

  /// - Parameters:
  ///   - tokens: of the model.
  ///   - other: the bits of each line under another model.
  init(tokens: [String], other: [Double]?) {
    self.tokens = tokens
    compares = other != nil
    collector = LineCollector(other: other)
  }

  func take(_ character: MeasuredCharacter) {
    count += 1
    guard !isCut else { return }
    if compares { return collector.take(character).map { append($0) } ?? () }
    let isLineFeed = character.scalar == "\n"
    let shade = character.bits.map(Shade.init(surprisalBits:))
    let name = character.bits == nil ? "skipped" : shade?.pageClass
    var text = isLineFeed ? "" : escapedForPage(shown(character.scalar))
    if isLineFeed, shade?.pageClass != nil { text = "↵" }
    if let bits = character.bits, bits >= EvaluationPage.surprisingBits {
      let title =
        "\(fixed(bits, decimals: 1)) bits; expected "
        + expectation(character, tokens: tokens, count: 3)
      close()
      body += "<span class=\"\(name ?? "")\" title=\"\(escapedForPage(title))\">\(text)</span>"
    } else if !text.isEmpty {
      open(name)
      body += text
    }
    if isLineFeed {
      close()
      body += "\n"
    }
  }

  func finish() {
    collector.finish().map { append($0) }
    close()
  }

  private func append(_ line: MeasuredLine) {
    let figures = [line.difference, line.bitsPerCharacter, line.otherBitsPerCharacter]
      .map { $0.map { fixed($0, decimals: 2) } ?? "-" }
    let title =
      "line \(line.place.line): \(figures[0]) (\(figures[1]) against \(figures[2])) bits per character"
    let text = line.text.unicodeScalars.map { escapedForPage(shown($0)) }.joined()
    body += "<span class=\"\(line.shade?.pageClass ?? "")\" title=\"\(title)\">\(text)</span>\n"
  }

  private func open(_ name: String?) {
    guard name != openClass else { return }
    close()
    if let name { body += "<span class=\"\(name)\">" }
    openClass = name
  }

  private func close() {
    if openClass != nil { body += "</span>" }
    openClass = nil
  }

  /// The whole page.
  ///
  /// - Parameters:
  ///   - title: what was measured, plain text.
  ///   - summary: plain text.
  func html(title: String, summary: [String]) -> String {
    let style = ".skipped{opacity:.5} .legend span{padding:0 .5em} span[title]{cursor:help}"
    let lines = summary.map { "<p>\(escapedForPage($0))</p>" }.joined(separator: "\n")
    return page(
      title: title, style: style,
      body: "\(lines)\n<p class=\"legend\">\(legend)</p>\n<pre>\(body)\(isCut ? "…" : "")</pre>")
  }

  private var legend: String {
    let values: [Double] = compares ? [-1.5, -1, -0.5, 0, 0.5, 1, 1.5] : [0, 1, 2, 3, 4, 5, 6.5]
    let samples = values.map { value in
      let shade = compares ? Shade(difference: value) : Shade(surprisalBits: value)
      return "<span class=\"\(shade.pageClass ?? "")\">\(shortest(value))</span>"
    }.joined()
    return compares
      ? "bits per character, this model less the other: \(samples)<br>blue: this model predicts the line "
        + "better; red: the other one does"
      : "surprisal in bits: \(samples)<br>from \(shortest(EvaluationPage.surprisingBits)) bits on, a "
        + "character says what was expected when the pointer rests on it"
  }
}
