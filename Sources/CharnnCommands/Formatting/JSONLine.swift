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
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}
