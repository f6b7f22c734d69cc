#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension JSONEncoder {
  /// Equal values give equal bytes.
  static var stable: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}

extension Decodable {
  /// What a file says in JSON, or nil.
  ///
  /// Its strings are looked at first: the decoder of Swift 6.0 throws at a wrong value, but at a wrong
  /// name it stops the program. Source: <https://github.com/swiftlang/swift-foundation/pull/1043>
  init?(json: [UInt8]) {
    guard hasSoundStrings(json: json),
      let value = try? JSONDecoder().decode(Self.self, from: Data(json))
    else { return nil }
    self = value
  }
}

/// Whether a JSON text is UTF-8 and its strings are what JSON allows: no control characters, and only
/// escapes that there are. Source: RFC 8259, section 7
func hasSoundStrings(json: [UInt8]) -> Bool {
  guard String(validating: json, as: UTF8.self) != nil else { return false }
  var rest = json[...]
  var isInString = false
  while let byte = rest.popFirst() {
    switch byte {
    case UInt8(ascii: "\""): isInString.toggle()
    case UInt8(ascii: "\\"): guard takesEscape(from: &rest) else { return false }
    case ..<UInt8(ascii: " "): guard !isInString else { return false }
    default: break
    }
  }
  return true
}

/// Takes what follows a backslash, if it is an escape.
private func takesEscape(from rest: inout ArraySlice<UInt8>) -> Bool {
  guard let letter = rest.popFirst() else { return false }
  guard letter == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(letter) }
  guard let unit = takeCodeUnit(from: &rest) else { return false }
  guard UTF16.isLeadSurrogate(unit) else { return !UTF16.isTrailSurrogate(unit) }
  guard rest.starts(with: #"\u"#.utf8) else { return false }
  rest.removeFirst(2)
  return takeCodeUnit(from: &rest).map(UTF16.isTrailSurrogate) ?? false
}

/// Four hexadecimal digits.
private func takeCodeUnit(from rest: inout ArraySlice<UInt8>) -> UInt16? {
  let digits = rest.prefix(4)
  rest = rest.dropFirst(4)
  guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
    return nil
  }
  return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
}
