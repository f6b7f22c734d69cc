/// How many columns of a terminal a text takes. A line feed or tab counts as none.
func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

/// As much of the beginning of a text as fits into so many columns.
func prefix(of text: String, columns limit: Int) -> String {
  var used = 0
  return String(
    text.prefix { character in
      used += columns(of: character)
      return used <= limit
    })
}

/// Fills a text up with spaces; one that is too long stays as it is.
func padded(_ text: String, columns width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - columns(of: text)))
}

/// Fills a text up with spaces before it; one that is too long stays as it is.
func rightAligned(_ text: String, columns width: Int) -> String {
  String(repeating: " ", count: max(0, width - columns(of: text))) + text
}

/// 2 for wide characters and emoji, 0 for those without a place of their own, else 1.
func columns(of character: Character) -> Int {
  guard let first = character.unicodeScalars.first else { return 0 }
  // An emoji with a variation selector, a skin colour or a joiner is one wide picture.
  let isPicture = character.unicodeScalars.dropFirst().contains { $0 == "\u{fe0f}" }
  return isPicture ? 2 : columns(of: first)
}

private func columns(of scalar: Unicode.Scalar) -> Int {
  if scalar.isASCII { return scalar.value < 32 || scalar.value == 127 ? 0 : 1 }
  if wideRanges.contains(where: { $0.contains(scalar.value) }) { return 2 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .control: return 0
  default: return 1
  }
}

/// The blocks of characters that Unicode's annex 11 calls wide or fullwidth, and the emoji.
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23ec, 0x2614...0x2615,
  0x2648...0x2653, 0x26a1...0x26a1, 0x26bd...0x26be, 0x2705...0x2705, 0x274c...0x274c,
  0x2753...0x2755, 0x2795...0x2797, 0x2b1b...0x2b1c, 0x2e80...0x303e, 0x3041...0x33ff,
  0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3,
  0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
  0x16fe0...0x18aff, 0x1aff0...0x1b2ff, 0x1f004...0x1f004, 0x1f18e...0x1f19a,
  0x1f200...0x1f320, 0x1f32d...0x1f64f, 0x1f680...0x1f6ff, 0x1f7e0...0x1f7eb,
  0x1f90c...0x1f9ff, 0x1fa70...0x1faff, 0x20000...0x3fffd,
]
