import Testing

@testable import RecurrentLM

@Suite struct UTF8DecodingTests {
  private func scalar(_ bytes: [UInt8]) -> DecodedScalar {
    bytes.withUnsafeBufferPointer { $0.scalar(at: 0) }
  }

  /// As far as three bytes decide, all that there are.
  @Test func threeBytesAreWhatTheStandardLibrarySays() {
    var wrong: [[UInt8]] = []
    let leads: [UInt8] = [0x00, 0x7F, 0x80, 0xBF] + Array(0xC0...0xFF)
    let seconds: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for first in leads {
      for second in seconds {
        for third in [0x41, 0x80, 0xBF, 0xC3] as [UInt8] {
          let bytes = [first, second, third, 0x80]
          if scalar(bytes) != expected(bytes) { wrong.append(bytes) }
        }
      }
    }
    #expect(wrong.isEmpty)
  }

  private func expected(_ bytes: [UInt8]) -> DecodedScalar {
    var iterator = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    guard case .valid(let encoded) = parser.parseScalar(from: &iterator) else { return .invalid }
    return .scalar(Unicode.UTF8.decode(encoded), length: encoded.count)
  }

  @Test(arguments: ["a", "é", "漢", "\u{1F600}", "\u{10FFFF}"] as [Unicode.Scalar])
  func aCharacterThatIsCutOffIsIncomplete(_ character: Unicode.Scalar) {
    let bytes = Array(String(character).utf8)
    for length in 1..<bytes.count { #expect(scalar(Array(bytes[..<length])) == .incomplete) }
    #expect(scalar(bytes) == .scalar(character, length: bytes.count))
  }
}
