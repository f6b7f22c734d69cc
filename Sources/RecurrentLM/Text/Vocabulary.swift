/// Why characters cannot be numbered, or a list of tokens is not a vocabulary.
public enum VocabularyError: Error, Equatable {
  /// The characters that the vocabulary lacks, each once, in the order of the text.
  case unknown([Unicode.Scalar])
  /// A token that is empty, of several characters, or there twice.
  case invalidToken(String)
}

/// The numbering of characters: those of a text, in ascending order of code points; then those that
/// `extended` has added, in that order too.
///
/// Under `letters` index 0 is the token `<unk>`, which no text contains.
public struct Vocabulary: Sendable, Equatable {
  public static let unknownToken = "<unk>"

  /// The tokens in the order of their indices.
  public private(set) var tokens: [String]
  private var indices: [Unicode.Scalar: Int32]

  public init(of text: [Unicode.Scalar], mode: TextMode) {
    let characters = Set(text).sorted()
    let special = mode == .letters ? [Vocabulary.unknownToken] : []
    tokens = special + characters.map(String.init)
    indices = Dictionary(
      uniqueKeysWithValues: characters.enumerated().map {
        ($0.element, Int32(special.count + $0.offset))
      })
  }

  /// This vocabulary, followed by those of `characters` that it lacks.
  public func extended(by characters: [Unicode.Scalar]) -> Vocabulary {
    var extended = self
    for character in Set(characters).sorted() where indices[character] == nil {
      extended.indices[character] = Int32(extended.tokens.count)
      extended.tokens.append(String(character))
    }
    return extended
  }

  /// A vocabulary that was stored.
  ///
  /// - Throws: `VocabularyError.invalidToken`.
  public init(tokens: [String]) throws(VocabularyError) {
    self.tokens = tokens
    var indices: [Unicode.Scalar: Int32] = [:]
    indices.reserveCapacity(tokens.count)
    for (index, token) in tokens.enumerated() {
      if index == 0 && token == Vocabulary.unknownToken { continue }
      let scalars = token.unicodeScalars
      guard let scalar = scalars.first, scalars.dropFirst().isEmpty,
        indices.updateValue(Int32(index), forKey: scalar) == nil
      else { throw .invalidToken(token) }
    }
    self.indices = indices
  }

  public static func == (a: Vocabulary, b: Vocabulary) -> Bool { a.indices == b.indices }

  public var count: Int { tokens.count }

  /// Whether the token is a character, so that it may be generated.
  public func isCharacter(_ index: Int) -> Bool {
    index > 0 || tokens[index] != Vocabulary.unknownToken
  }

  /// The numbers of all characters, in ascending order.
  var characterNumbers: [Int32] { (0..<count).filter(isCharacter).map(Int32.init) }

  /// The number of a character.
  func index(of character: Unicode.Scalar) -> Int32? { indices[character] }

  /// The numbers of the characters of `text`, which is short: see `CorpusText` for others.
  ///
  /// - Throws: `VocabularyError.unknown` with all that have none.
  /// - Complexity: linear.
  public func encode(_ text: some Collection<Unicode.Scalar>) throws(VocabularyError) -> [Int32] {
    let unknown = unknown(in: text)
    guard unknown.isEmpty else { throw .unknown(unknown) }
    return encodeKnown(text)
  }

  /// The characters of `text` that have no number, each once, in the order in which they first occur.
  public func unknown(in text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    var seen: Set<Unicode.Scalar> = []
    return text.filter { indices[$0] == nil && seen.insert($0).inserted }
  }

  /// The numbers of those characters of `text` that have one.
  public func encodeKnown(_ text: some Sequence<Unicode.Scalar>) -> [Int32] {
    text.compactMap { indices[$0] }
  }

  public func text(of ids: some Sequence<Int32>) -> String {
    ids.map { tokens[Int($0)] }.joined()
  }
}
