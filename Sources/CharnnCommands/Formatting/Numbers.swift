import RecurrentLM

/// With a fixed number of decimals: `3.14`.
func fixed(_ value: Double, decimals: Int) -> String {
  printed("%.*f", value, decimals: decimals)
}

/// As printf prints a number.
private func printed(_ format: String, _ value: Double, decimals: Int) -> String {
  withVaList([Int32(decimals), value]) { arguments in
    // The largest finite number has 309 digits before the point.
    var text = [CChar](repeating: 0, count: 400)
    let length = vsnprintf(&text, text.count, format, arguments)
    return String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// As short as possible, and without a fraction where there is none: `1`, `0.002`.
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

/// A number of things, which have a regular plural: `1 thread`, `2 threads`.
func counted(_ count: Int, _ thing: String) -> String {
  "\(count) \(thing)\(count == 1 ? "" : "s")"
}

/// A number of seconds as `1 h 02 min`, `3 min 05 s` or `12 s`.
func duration(_ seconds: Double) -> String {
  guard 0 <= seconds, seconds < 1e9 else { return "-" }
  let whole = Int(seconds.rounded())
  func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  if whole >= 3600 { return "\(whole / 3600) h \(padded(whole / 60 % 60)) min" }
  return whole >= 60 ? "\(whole / 60) min \(padded(whole % 60)) s" : "\(whole) s"
}

/// A number of seconds in its largest unit: `1 h`, `3 min` or `12 s`.
func roughDuration(_ seconds: Double) -> String {
  let words = duration(seconds).split(separator: " ")
  return words.prefix(2).joined(separator: " ")
}

/// A number of epochs: `12`, or `1.25` within one.
func epochText(_ epochs: Double) -> String {
  fixed(epochs, decimals: epochs == epochs.rounded() ? 0 : 2)
}

/// A perplexity with four significant digits or so: three decimals below 10, two below 100, else one;
/// from a million on as a power, `1.23e+45`.
func perplexityText(_ perplexity: Double) -> String {
  if perplexity >= 1e6 { return printed("%.*e", perplexity, decimals: 2) }
  return fixed(perplexity, decimals: perplexity < 10 ? 3 : perplexity < 100 ? 2 : 1)
}
