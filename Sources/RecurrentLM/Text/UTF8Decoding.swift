/// The result of decoding UTF-8 at one place.
enum DecodedScalar: Equatable {
  case scalar(Unicode.Scalar, length: Int)
  /// The first bytes of a character whose rest is missing here.
  case incomplete
  case invalid
}

extension UnsafeBufferPointer<UInt8> {
  /// Decodes the character that begins at `index` (RFC 3629).
  func scalar(at index: Int) -> DecodedScalar {
    let first = self[index]
    if first < 0x80 { return .scalar(Unicode.Scalar(first), length: 1) }
    guard let length = UTF8Sequence.length(after: first) else { return .invalid }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for place in 1..<length {
      guard index + place < count else { return .incomplete }
      let byte = self[index + place]
      let valid = place == 1 ? UTF8Sequence.second(after: first) : 0x80...0xBF
      guard valid ~= byte else { return .invalid }
      value = value << 6 | UInt32(byte) & 0x3F
    }
    return Unicode.Scalar(value).map { .scalar($0, length: length) } ?? .invalid
  }
}

private enum UTF8Sequence {
  /// Bytes of a character of more than one, by the first of them.
  static func length(after first: UInt8) -> Int? {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: nil
    }
  }

  /// Excludes overlong encodings, surrogates, and what lies beyond U+10FFFF.
  static func second(after first: UInt8) -> ClosedRange<UInt8> {
    switch first {
    case 0xE0: 0xA0...0xBF
    case 0xED: 0x80...0x9F
    case 0xF0: 0x90...0xBF
    case 0xF4: 0x80...0x8F
    default: 0x80...0xBF
    }
  }
}
