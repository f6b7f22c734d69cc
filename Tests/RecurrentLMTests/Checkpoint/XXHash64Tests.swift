import Testing

@testable import RecurrentLM

@Suite struct XXHash64Tests {
  private func hash(_ bytes: [UInt8]) -> UInt64 {
    var hash = XXHash64()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.value
  }

  /// Values of the reference implementation (Python's xxhash 4.1).
  @Test(
    arguments: [
      ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b), ("abc", 0x44bc_2cf5_ad77_0999),
      ("0123456789abcdef0123456789abcdef", 0x642a_9495_8e71_e6c5),
      ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
    ] as [(String, UInt64)])
  func valuesAreThoseOfTheReference(_ text: String, _ expected: UInt64) {
    #expect(hash(Array(text.utf8)) == expected)
  }

  @Test func thePiecesDoNotMatter() {
    var generator = RandomGenerator(seed: 1)
    let bytes = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for _ in 0..<50 {
      var pieces = XXHash64()
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 0...100, using: &generator))
        Array(piece).withUnsafeBytes { pieces.update($0) }
        rest = rest.dropFirst(piece.count)
      }
      #expect(pieces.value == hash(bytes))
    }
  }
}
