/// How a text is normalised before its characters are numbered.
///
/// Whatever the mode, a line ends with LF: CR LF and CR alone become that; and a byte order mark at
/// the start of a file goes.
public enum TextMode: String, Codable, CaseIterable, Sendable {
  /// Nothing.
  case raw
  /// Line by line: each run of characters other than A-Z and a-z becomes one space, spaces at both
  /// ends go, letters become lower case; then the lines are joined with nothing between them.
  case letters
  /// Line ends become spaces.
  case flat
}

/// Normalises the characters of a text one by one. A line may go on from one file to the next.
struct TextTransformation {
  /// What a character becomes.
  struct Output: Equatable {
    /// Whether a space is inserted before `character`.
    var hasSpace = false
    var character: Unicode.Scalar?
  }

  private enum Place {
    case start
    case afterMark
    case inside
  }

  let mode: TextMode
  private var place = Place.inside
  private var followsReturn = false
  /// Of `letters`: whether this line has had one, and characters that are none since.
  private var lineHasLetters = false
  private var needsSpace = false

  init(_ mode: TextMode) { self.mode = mode }

  mutating func beginFile() {
    place = .start
    followsReturn = false
  }

  /// Whether the file has had no character besides a byte order mark.
  var fileIsEmpty: Bool { place != .inside }

  mutating func output(for character: Unicode.Scalar) -> Output {
    if place == .start, character == "\u{FEFF}" {
      place = .afterMark
      return Output()
    }
    place = .inside
    let endsPair = followsReturn && character == "\n"
    followsReturn = character == "\r"
    if endsPair { return Output() }
    return transformed(character == "\r" ? "\n" : character)
  }

  private mutating func transformed(_ character: Unicode.Scalar) -> Output {
    switch mode {
    case .raw: return Output(character: character)
    case .flat: return Output(character: character == "\n" ? " " : character)
    case .letters: break
    }
    guard let letter = TextTransformation.lowercaseLetter(character) else {
      needsSpace = lineHasLetters && character != "\n"
      if character == "\n" { lineHasLetters = false }
      return Output()
    }
    defer { (lineHasLetters, needsSpace) = (true, false) }
    return Output(hasSpace: needsSpace, character: letter)
  }

  private static func lowercaseLetter(_ character: Unicode.Scalar) -> Unicode.Scalar? {
    switch character {
    case "a"..."z": character
    case "A"..."Z": Unicode.Scalar(UInt8(truncatingIfNeeded: character.value | 0x20))
    default: nil
    }
  }

  // MARK: Runs

  /// Whether bytes that `plainOutput` knows become that here, and change nothing for what follows.
  var isPlain: Bool {
    place == .inside && !followsReturn && (mode != .letters || (lineHasLetters && !needsSpace))
  }

  /// What a byte of ASCII becomes wherever `isPlain`; nil if it changes what follows.
  func plainOutput(for byte: UInt8) -> Unicode.Scalar? {
    let character = Unicode.Scalar(byte)
    guard byte < 0x80, character != "\r" else { return nil }
    switch mode {
    case .raw: return character
    case .flat: return character == "\n" ? " " : character
    case .letters: return TextTransformation.lowercaseLetter(character)
    }
  }
}

/// The characters of a text that was typed, with LF for CR LF and for CR alone.
public func charactersUnifyingLineEnds(_ text: some StringProtocol) -> [Unicode.Scalar] {
  var transformation = TextTransformation(.raw)
  return text.unicodeScalars.compactMap { transformation.output(for: $0).character }
}
