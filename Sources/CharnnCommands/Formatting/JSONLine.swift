import RecurrentLM

/// A JSON object on one line, with its members in the order in which they were added.
struct JSONLine {
  private var members: [String] = []

  /// Adds a member. A number that JSON cannot represent becomes null; nil adds nothing.
  mutating func add(_ name: String, _ value: (some Encodable)?) {
    guard let value else { return }
    members.append("\(JSONLine.encoded(name)):\(JSONLine.encoded(value))")
  }

  var text: String { "{\(members.joined(separator: ","))}" }

  private static func encoded(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(value) else { return "null" }
    let json = String(decoding: bytes, as: UTF8.self)
    guard json.unicodeScalars.contains(where: isUnsafeOnTerminal) else { return json }
    return json.unicodeScalars.map { isUnsafeOnTerminal($0) ? escape($0) : String($0) }.joined()
  }

  /// As JSON writes a character that a terminal must not see: `\u200d`, above U+FFFF two of these.
  private static func escape(_ scalar: Unicode.Scalar) -> String {
    String(scalar).utf16.map(escape).joined()
  }

  private static func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }
}
