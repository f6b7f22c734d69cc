import RecurrentLM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// With a fixed number of decimals: `3.14`.
func fixed(_ value: Double, decimals: Int) -> String {
  withVaList([Int32(decimals), value]) { arguments in
    var text = [CChar](repeating: 0, count: 400)
    let length = vsnprintf(&text, text.count, "%.*f", arguments)
    return String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// Without a fraction where there is none: `1`, `0.002`.
func shortest(_ value: Double) -> String {
  Int(exactly: value).map(String.init) ?? "\(value)"
}

/// With a comma every three digits: `1,234,567`.
func grouped(_ value: Int) -> String {
  let digits = Array(String(value.magnitude))
  let groups = digits.enumerated().map { index, digit in
    index > 0 && (digits.count - index).isMultiple(of: 3) ? ",\(digit)" : "\(digit)"
  }
  return (value < 0 ? "-" : "") + groups.joined()
}

/// `1 h 02 min`, `3 min 05 s`, `12 s`.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "-" }
  let whole = Int(seconds.rounded())
  func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  if whole >= 3600 { return "\(whole / 3600) h \(padded(whole / 60 % 60)) min" }
  return whole >= 60 ? "\(whole / 60) min \(padded(whole % 60)) s" : "\(whole) s"
}

/// `perplexity`, whose size decides how many decimals say something.
func perplexityText(_ perplexity: Double) -> String {
  fixed(perplexity, decimals: perplexity < 10 ? 3 : perplexity < 100 ? 2 : 1)
}

extension Objective {
  /// What e^loss is called: a cloze's is no perplexity, for its probabilities are not those of one
  /// distribution over texts.
  var measure: String {
    switch self {
    case .next: "perplexity"
    case .cloze: "pseudo-perplexity"
    }
  }
}

/// Characters that would not show, as escapes: `\n`, `\t`, `\\`, `\u{1b}`.
func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\\": "\\\\"
    case _ where scalar.value < 32 || (127..<160).contains(scalar.value):
      "\\u{\(String(scalar.value, radix: 16))}"
    default: String(scalar)
    }
  }.joined()
}

/// A text as a terminal may show it: characters that would control it, turn the writing direction or
/// not show at all become escapes, `\u{1b}`. Lines and tabs stay.
func visible(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnsafeOnTerminal) else { return text }
  return text.unicodeScalars.map { scalar in
    isUnsafeOnTerminal(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }.joined()
}

private func isUnsafeOnTerminal(_ scalar: Unicode.Scalar) -> Bool {
  if scalar == "\n" || scalar == "\t" { return false }
  if scalar.isASCII { return scalar.value < 32 || scalar.value == 127 }
  return [.control, .format, .lineSeparator, .paragraphSeparator].contains(
    scalar.properties.generalCategory)
}

/// The opposite of `escaped`, for what is typed on a command line: `\n`, `\t`, `\r`, `\\`,
/// `\u{HEX}`. Returns nil where a backslash is followed by something else.
func unescaped(_ text: String) -> String? {
  var result = String.UnicodeScalarView()
  var rest = text.unicodeScalars[...]
  while let scalar = rest.popFirst() {
    guard scalar == "\\" else {
      result.append(scalar)
      continue
    }
    switch rest.popFirst() {
    case "n": result.append("\n")
    case "t": result.append("\t")
    case "r": result.append("\r")
    case "\\": result.append("\\")
    case "u":
      guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}"),
        let value = UInt32(String(rest[..<end]), radix: 16), let meant = Unicode.Scalar(value)
      else { return nil }
      result.append(meant)
      rest = rest[rest.index(after: end)...]
    default: return nil
    }
  }
  return String(result)
}
