/// Numbers characters in the order in which they first occur.
struct CharacterNumbering {
  /// The characters in the order of their numbers.
  private(set) var characters: [Unicode.Scalar] = []
  /// For each block of 256 code points its page in `numbers`; 0: none of them has occurred.
  private var pages = [Int](repeating: 0, count: 0x11_0000 >> 8)
  /// Pages of 256 numbers; all of the first are absent.
  private var numbers = [Int32](repeating: TokenStorage.absent, count: 256)

  /// `TokenStorage.absent` for a character that has not occurred.
  func number(of character: Unicode.Scalar) -> Int32 {
    let code = Int(character.value)
    return numbers[pages[code >> 8] << 8 | code & 255]
  }

  /// Assigns the next number to a character that has none.
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
