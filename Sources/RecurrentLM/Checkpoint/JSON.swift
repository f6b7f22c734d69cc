extension JSONEncoder {
  /// Equal values give equal bytes.
  static var stable: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}

extension Decodable {
  /// Decodes JSON from a file; nil if that fails.
  init?(json: [UInt8]) {
    guard isSafe(json: json), let value = try? JSONDecoder().decode(Self.self, from: Data(json))
    else { return nil }
    self = value
  }
}

/// Whether a JSON text may be given to Foundation's decoder, and means the same to every reader: it is
/// UTF-8, its strings are what JSON allows, it is not deep, and no object has a key twice.
///
/// At nesting of 512 levels the decoder stops the program instead of throwing, and that of Swift 6.0
/// does so at a wrong name. Of two equal keys it takes one. What else is wrong, it throws at.
/// Sources: RFC 8259; <https://github.com/swiftlang/swift-foundation/pull/1043>
func isSafe(json: [UInt8]) -> Bool {
  guard String(validating: json, as: UTF8.self) != nil else { return false }
  var scanner = JSONScanner(rest: json[...])
  return scanner.isSafe()
}

private struct JSONScanner {
  var rest: ArraySlice<UInt8>
  /// The keys of the objects, and nil for the arrays, that are open.
  private var open: [Set<[UInt8]>?] = []
  private var isKey = false

  /// The deepest nesting accepted; a checkpoint needs five.
  private static let mostLevels = 32

  init(rest: ArraySlice<UInt8>) { self.rest = rest }

  mutating func isSafe() -> Bool {
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "{"): open.append([])
      case UInt8(ascii: "["): open.append(nil as Set<[UInt8]>?)
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
      case UInt8(ascii: "\""): guard takesString() else { return false }
      default: break
      }
      guard open.count <= JSONScanner.mostLevels else { return false }
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: ","): isKey = open.last?.map { _ in true } ?? false
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): break
      default: isKey = false
      }
    }
    return true
  }

  /// Takes the rest of a string, if it is sound and no key that its object has already.
  private mutating func takesString() -> Bool {
    var key: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        return !isKey || open[open.count - 1]?.insert(key).inserted ?? true
      case UInt8(ascii: "\\"):
        guard let scalar = takeEscape() else { return false }
        if isKey { key += Array(String(scalar).utf8) }
      case ..<UInt8(ascii: " "): return false
      default: if isKey { key.append(byte) }
      }
    }
    return false
  }

  /// Takes what follows a backslash, if it is an escape. Source: RFC 8259, section 7
  private mutating func takeEscape() -> Unicode.Scalar? {
    guard let letter = rest.popFirst() else { return nil }
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = takeCodeUnit() else { return nil }
    guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
    guard rest.starts(with: #"\u"#.utf8) else { return nil }
    rest.removeFirst(2)
    guard let trail = takeCodeUnit(), UTF16.isTrailSurrogate(trail) else { return nil }
    return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
  }

  /// Four hexadecimal digits.
  private mutating func takeCodeUnit() -> UInt16? {
    let digits = rest.prefix(4)
    rest = rest.dropFirst(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
      return nil
    }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
