import RecurrentLM

/// Shows a text as it is measured.
protocol TextReport: AnyObject {
  /// Takes the next character of the text.
  func take(_ character: MeasuredCharacter) throws
  /// Completes what is shown, after all characters.
  func finish() throws
}

/// The table of predicted characters: each with a tab and its surprisal in bits.
final class CharacterTable: TextReport {
  private let console: Console

  init(_ console: Console) { self.console = console }

  func take(_ character: MeasuredCharacter) throws {
    guard let bits = character.bits else { return }
    try console.line("\(escaped(String(character.scalar)))\t\(fixed(bits, decimals: 3))")
  }

  func finish() {}
}

/// The text itself, each character shaded by its surprisal, then a list of the most surprising places.
final class ShadedText: TextReport {
  /// More is not kept back where no line ends, in parts of different shades.
  private static let mostPending = 500
  private let console: Console
  private let text: MeasuredText
  private var places: SurprisingPlaces
  private var pending = StyledText()
  private var last: Unicode.Scalar = "\n"

  init(_ text: MeasuredText, tokens: [String], _ console: Console) {
    self.console = console
    self.text = text
    places = SurprisingPlaces(tokens: tokens)
  }

  func take(_ character: MeasuredCharacter) throws {
    places.take(character)
    last = character.scalar
    guard last == "\n" else {
      pending.append(shown(last), character.style)
      if pending.runs.count >= ShadedText.mostPending { try flush() }
      return
    }
    if case .shade = character.style { pending.append("↵", character.style) }
    pending.append("\n")
    try flush()
  }

  private func flush() throws {
    try console.write(pending)
    pending = StyledText()
  }

  func finish() throws {
    if last != "\n" { try console.line(pending) }
    try places.write(of: text, console)
  }
}
