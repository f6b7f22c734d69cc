/// A file, or what stands for one, in a text that has been read.
public struct TextSource: Equatable, Sendable {
  /// A path, the name of a built-in text, or `standard input`.
  public let name: String
  /// The position of its first character.
  public let start: Int

  public init(name: String, start: Int) {
    self.name = name
    self.start = start
  }
}

/// A text that has been read, before its characters have the numbers of a vocabulary.
///
/// It has the memory of its `Tokens`, one to four bytes a character, and turns into them: a text is
/// numbered only once.
public final class CorpusText {
  /// Numbers in the order in which the characters first come up; nil once they have others.
  private var storage: TokenStorage?
  private let mode: TextMode
  /// The distinct characters, in the order in which they first occur.
  public let characters: [Unicode.Scalar]
  public let notes: [CorpusNote]
  /// What the text was read from, in order.
  public let sources: [TextSource]
  /// Characters in all.
  public let count: Int
  /// Of those the last ones, which are a text of their own.
  public let heldOutCount: Int

  init(
    _ storage: TokenStorage, heldOutCount: Int = 0, characters: [Unicode.Scalar], mode: TextMode,
    notes: [CorpusNote], sources: [TextSource]
  ) {
    self.storage = storage
    self.characters = characters
    self.mode = mode
    self.notes = notes
    self.sources = sources
    count = storage.count
    self.heldOutCount = heldOutCount
  }

  private func takeStorage() -> TokenStorage {
    guard let storage else { preconditionFailure("a text is numbered once") }
    self.storage = nil
    return storage
  }

  /// All characters, four bytes each: for texts that are short.
  ///
  /// - Throws: `InsufficientMemory`.
  public func scalars() throws(InsufficientMemory) -> [Unicode.Scalar] {
    try InsufficientMemory.check(
      [.text: count * MemoryLayout<Unicode.Scalar>.stride])
    return Tokens(takeStorage()).map { characters[Int($0)] }
  }

  /// The text in a vocabulary of its own.
  ///
  /// - Throws: `InsufficientMemory`.
  public func numbered() throws -> (tokens: Tokens, vocabulary: Vocabulary) {
    let vocabulary = Vocabulary(of: characters, mode: mode)
    return (try numbered(by: vocabulary), vocabulary)
  }

  /// The text in the numbers of a vocabulary.
  ///
  /// - Throws: `VocabularyError.unknown` with all characters that it lacks; `InsufficientMemory`.
  public func numbered(by vocabulary: Vocabulary) throws -> Tokens {
    let unknown = characters.filter { vocabulary.index(of: $0) == nil }
    guard unknown.isEmpty else { throw VocabularyError.unknown(unknown) }
    return try numberedSkippingUnknown(by: vocabulary).tokens
  }

  /// The text in the numbers of a vocabulary, without characters that are not in it.
  ///
  /// - Returns: also how many were left out.
  /// - Throws: `InsufficientMemory`.
  public func numberedSkippingUnknown(
    by vocabulary: Vocabulary
  ) throws(InsufficientMemory) -> (tokens: Tokens, skipped: Int) {
    let storage = takeStorage()
    try storage.renumber(
      by: characters.map { vocabulary.index(of: $0) ?? TokenStorage.absent },
      count: vocabulary.count)
    return (Tokens(storage), count - storage.count)
  }
}
