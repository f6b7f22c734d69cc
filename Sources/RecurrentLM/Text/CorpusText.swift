/// A text that has been read, before its characters have the numbers that a model knows them by.
///
/// It takes the memory of its `Tokens`, one to four bytes a character.
public struct CorpusText: ~Copyable {
  /// Numbers in the order in which the characters first come up.
  private let storage: TokenStorage
  private let mode: TextMode
  /// The different characters in the order of the text.
  public let characters: [Unicode.Scalar]
  public let notes: [CorpusNote]

  init(
    _ storage: TokenStorage, characters: [Unicode.Scalar], mode: TextMode, notes: [CorpusNote]
  ) {
    self.storage = storage
    self.characters = characters
    self.mode = mode
    self.notes = notes
  }

  /// Characters in all.
  public var count: Int { storage.count }

  /// All characters, four bytes each: for texts that are short.
  ///
  /// - Throws: `InsufficientMemory`.
  public consuming func scalars() throws(InsufficientMemory) -> [Unicode.Scalar] {
    try InsufficientMemory.check(
      [.text: storage.count * MemoryLayout<Unicode.Scalar>.stride])
    let characters = characters
    return Tokens(storage).map { characters[Int($0)] }
  }

  /// The text in a vocabulary of its own.
  ///
  /// - Throws: `InsufficientMemory`.
  public consuming func numbered() throws -> (tokens: Tokens, vocabulary: Vocabulary) {
    let vocabulary = Vocabulary(of: characters, mode: mode)
    return (try numbered(by: vocabulary), vocabulary)
  }

  /// The text in the numbers of a vocabulary.
  ///
  /// - Throws: `VocabularyError.unknown` with all characters that it lacks; `InsufficientMemory`.
  public consuming func numbered(by vocabulary: Vocabulary) throws -> Tokens {
    let unknown = characters.filter { vocabulary.index(of: $0) == nil }
    guard unknown.isEmpty else { throw VocabularyError.unknown(unknown) }
    return try numberedSkippingUnknown(by: vocabulary).tokens
  }

  /// The text in the numbers of a vocabulary, without the characters that it lacks.
  ///
  /// - Returns: also how many were left out.
  /// - Throws: `InsufficientMemory`.
  public consuming func numberedSkippingUnknown(
    by vocabulary: Vocabulary
  ) throws(InsufficientMemory) -> (tokens: Tokens, skipped: Int) {
    let before = storage.count
    try storage.renumber(
      by: characters.map { vocabulary.index(of: $0) ?? TokenStorage.absent },
      count: vocabulary.count)
    return (Tokens(storage), before - storage.count)
  }
}
