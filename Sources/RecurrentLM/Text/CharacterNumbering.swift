/// Numbers characters in the order in which they first occur.
struct CharacterNumbering {
  /// The characters in the order of their numbers.
  private(set) var characters: [Unicode.Scalar] = []
  /// For each 256 code points the page of `numbers` that has theirs; 0: none of them has come up.
  private var pages = [Int](repeating: 0, count: 0x11_0000 >> 8)
  /// Pages of 256 numbers; all of the first are absent.
  private var numbers = [Int32](repeating: TokenStorage.absent, count: 256)

  /// `TokenStorage.absent` of a character that has not come up.
  func number(of character: Unicode.Scalar) -> Int32 {
    let code = Int(character.value)
    return numbers[pages[code >> 8] << 8 | code & 255]
  }

  /// Gives a character that has none the next number.
  mutating func add(_ character: Unicode.Scalar) -> Int32 {
    let code = Int(character.value)
    if pages[code >> 8] == 0 {
      pages[code >> 8] = numbers.count >> 8
      numbers += repeatElement(TokenStorage.absent, count: 256)
    }
    let number = Int32(truncatingIfNeeded: characters.count)
    numbers[pages[code >> 8] << 8 | code & 255] = number
    characters.append(character)
    return number
  }
}
