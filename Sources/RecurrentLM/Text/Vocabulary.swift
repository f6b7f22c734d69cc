/// Why characters have no number, or a list of tokens is no vocabulary.
public enum VocabularyError: Error, Equatable {
  /// The characters that the vocabulary lacks, each once, in the order of the text.
  case unknown([Unicode.Scalar])
  /// A token that is empty, of several characters, or there twice.
  case invalidToken(String)
}

/// The numbering of characters: what a text has, in rising order of code points.
///
/// Under `letters` index 0 is the token `<unk>`, which no text contains.
public struct Vocabulary: Sendable, Equatable {
  public static let unknownToken = "<unk>"

  /// The tokens in the order of their indices.
  public let tokens: [String]
  private let indices: [Unicode.Scalar: Int32]

  public init(of text: [Unicode.Scalar], mode: TextMode) {
    let characters = Set(text).sorted().map(String.init)
    let tokens = (mode == .letters ? [Vocabulary.unknownToken] : []) + characters
    self.tokens = tokens
    indices = Vocabulary.index(tokens)
  }

  /// A vocabulary that was stored.
  ///
  /// - Throws: `VocabularyError.invalidToken`.
  public init(tokens: [String]) throws(VocabularyError) {
    self.tokens = tokens
    indices = Vocabulary.index(tokens)
    var seen: Set<String> = []
    for (index, token) in tokens.enumerated() {
      let isSpecial = index == 0 && token == Vocabulary.unknownToken
      // Compared as scalars: two strings that Unicode calls equal may be different characters.
      let spelling = token.unicodeScalars.map { String($0.value) }.joined(separator: " ")
      guard seen.insert(spelling).inserted, token.unicodeScalars.count == 1 || isSpecial else {
        throw .invalidToken(token)
      }
    }
  }

  private static func index(_ tokens: [String]) -> [Unicode.Scalar: Int32] {
    var indices: [Unicode.Scalar: Int32] = [:]
    for (index, token) in tokens.enumerated() {
      let scalars = token.unicodeScalars
      if scalars.count == 1, let scalar = scalars.first { indices[scalar] = Int32(index) }
    }
    return indices
  }

  public static func == (a: Vocabulary, b: Vocabulary) -> Bool { a.indices == b.indices }

  public var count: Int { tokens.count }

  /// Whether the token is a character, so that it may be generated.
  public func isCharacter(_ index: Int) -> Bool {
    index > 0 || tokens[index] != Vocabulary.unknownToken
  }

  /// The number of a character.
  func index(of character: Unicode.Scalar) -> Int32? { indices[character] }

  /// The numbers of the characters of `text`, which is short: see `CorpusText` for others.
  ///
  /// - Throws: `VocabularyError.unknown` with all that have none.
  /// - Complexity: linear.
  public func encode(_ text: some Sequence<Unicode.Scalar>) throws(VocabularyError) -> [Int32] {
    var ids: [Int32] = []
    var unknown: [Unicode.Scalar] = []
    var seen: Set<Unicode.Scalar> = []
    for scalar in text {
      if let id = indices[scalar] {
        ids.append(id)
      } else if seen.insert(scalar).inserted {
        unknown.append(scalar)
      }
    }
    guard unknown.isEmpty else { throw .unknown(unknown) }
    return ids
  }

  /// The numbers of those characters of `text` that have one.
  public func encodeKnown(_ text: some Sequence<Unicode.Scalar>) -> [Int32] {
    text.compactMap { indices[$0] }
  }

  public func text(of ids: some Sequence<Int32>) -> String {
    ids.map { tokens[Int($0)] }.joined()
  }
}
