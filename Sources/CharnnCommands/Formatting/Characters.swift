/// A text with its invisible characters as escapes: `\n`, `\t`, `\\`, `\u{1b}`.
func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\\": "\\\\"
    case _ where scalar.value < 32 || (127..<160).contains(scalar.value): hexEscape(scalar)
    default: String(scalar)
    }
  }.joined()
}

/// A text that is safe to show on a terminal: characters that would control it, change the writing
/// direction or be invisible become escapes, `\u{1b}`. Line feeds and tabs stay.
func visible(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnsafeOnTerminal) else { return text }
  return text.unicodeScalars.map { isUnsafeOnTerminal($0) ? hexEscape($0) : String($0) }.joined()
}

func isUnsafeOnTerminal(_ scalar: Unicode.Scalar) -> Bool {
  if scalar == "\n" || scalar == "\t" { return false }
  if scalar.isASCII { return scalar.value < 32 || scalar.value == 127 }
  return [.control, .format, .lineSeparator, .paragraphSeparator].contains(
    scalar.properties.generalCategory)
}

private func hexEscape(_ scalar: Unicode.Scalar) -> String {
  "\\u{\(String(scalar.value, radix: 16))}"
}

/// The inverse of `escaped`, for text typed on a command line: replaces `\n`, `\t`, `\r`, `\\` and
/// `\u{HEX}`. Returns nil where a backslash is followed by anything else.
func unescaped(_ text: String) -> String? {
  var result = String.UnicodeScalarView()
  var rest = text.unicodeScalars[...]
  while let scalar = rest.popFirst() {
    guard scalar == "\\" else {
      result.append(scalar)
      continue
    }
    guard let character = popEscaped(&rest) else { return nil }
    result.append(character)
  }
  return String(result)
}

/// Removes the rest of an escape, which follows the backslash. Returns nil where it is none.
private func popEscaped(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar? {
  switch rest.popFirst() {
  case "n": return "\n"
  case "t": return "\t"
  case "r": return "\r"
  case "\\": return "\\"
  case "u":
    guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}"),
      let value = UInt32(String(rest[..<end]), radix: 16)
    else { return nil }
    rest = rest[rest.index(after: end)...]
    return Unicode.Scalar(value)
  default: return nil
  }
}

/// A code point as Unicode writes it: `U+0078`.
func codePoint(_ scalar: Unicode.Scalar) -> String {
  let digits = String(scalar.value, radix: 16, uppercase: true)
  return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// Up to eight characters with their code points: `'x' (U+0078), 'y' (U+0079) and 3 more characters`.
func listed(_ characters: [Unicode.Scalar]) -> String {
  let shown = characters.prefix(8).map { "'\(escaped(String($0)))' (\(codePoint($0)))" }
  let rest = characters.count - shown.count
  return shown.joined(separator: ", ")
    + (rest == 0 ? "" : " and \(counted(rest, "more character"))")
}
