import RecurrentLM

/// A line of a file, with what its characters cost, its line feed included. A file's last line may have
/// none.
struct MeasuredLine {
  let place: Place
  /// Without the line feed.
  private(set) var text = ""
  /// The beginning of the text with each character shaded by its surprisal; no more than fits into the
  /// widest terminal.
  private(set) var shaded = StyledText()
  private var shadedCount = 0
  /// Of all characters that were predicted.
  private(set) var bits = 0.0
  /// How many were predicted.
  private(set) var characters = 0
  /// The same under another model; nil where there is none.
  fileprivate(set) var otherBits: Double?

  /// nil where no character was predicted.
  var bitsPerCharacter: Double? { perCharacter(bits) }
  var otherBitsPerCharacter: Double? { otherBits.flatMap(perCharacter) }

  /// Bits per character more than under the other model; below 0 where this one predicts better.
  var difference: Double? { otherBits.flatMap { perCharacter(bits - $0) } }

  /// What lines are sorted by: how much worse than the other model, or how badly predicted.
  var badness: Double? { otherBits == nil ? bitsPerCharacter : difference }

  /// The colour of the line as a whole.
  var shade: Shade? {
    otherBits == nil
      ? bitsPerCharacter.map(Shade.init(surprisalBits:)) : difference.map(Shade.init(difference:))
  }

  fileprivate init(_ place: Place) { self.place = place }

  fileprivate mutating func append(_ character: MeasuredCharacter) {
    if let bits = character.bits {
      self.bits += bits
      characters += 1
    }
    guard character.scalar != "\n" else { return }
    text.unicodeScalars.append(character.scalar)
    guard shadedCount < 1000 else { return }
    shadedCount += 1
    shaded.append(shown(character.scalar), character.style)
  }

  private func perCharacter(_ bits: Double) -> Double? {
    characters == 0 ? nil : bits / Double(characters)
  }
}

extension Shade {
  /// Of a difference in bits per character: red where the other model predicts better, blue where this
  /// one does, the strongest from one and a half bits on.
  init(difference: Double) { self.init(difference / 1.5) }
}

extension MeasuredCharacter {
  /// Its colour by its surprisal; dim where it was not predicted.
  var style: Style? {
    guard let bits else { return .dim }
    let shade = Shade(surprisalBits: bits)
    return shade.level == 0 ? nil : .shade(shade)
  }
}

/// A character of a line, as one that takes a place of its own and controls no terminal.
func shown(_ scalar: Unicode.Scalar) -> String {
  scalar == "\\" ? "\\" : visible(escaped(String(scalar)))
}

/// Puts characters together to lines.
struct LineCollector {
  /// The bits of each line under another model, in order.
  private let other: [Double]?
  private var line: MeasuredLine?
  private var count = 0

  init(other: [Double]? = nil) { self.other = other }

  /// Takes the next character of the text.
  ///
  /// - Returns: the line before it, where it begins a new one.
  mutating func take(_ character: MeasuredCharacter) -> MeasuredLine? {
    var done: MeasuredLine?
    if let line,
      (line.place.source, line.place.line) != (character.place.source, character.place.line)
    {
      done = finish()
    }
    if line == nil {
      line = MeasuredLine(character.place)
      line?.otherBits = other?[count]
      count += 1
    }
    line?.append(character)
    return done
  }

  /// - Returns: the last line; nil of an empty text.
  mutating func finish() -> MeasuredLine? {
    defer { line = nil }
    return line
  }
}
