import RecurrentLM

/// What to do with a character that the model does not know.
enum UnknownCharacters: String, CaseIterable {
  case error
  case skip
}

extension Vocabulary {
  /// Encodes a short text; `CorpusText` does it for long ones.
  ///
  /// - Returns: the tokens, and how many unknown characters were skipped.
  /// - Throws: `VocabularyError.unknown` unless they are to be skipped.
  func encode(
    _ text: some Collection<Unicode.Scalar>, unknown: UnknownCharacters
  ) throws -> (ids: [Int32], skipped: Int) {
    switch unknown {
    case .error: return (try encode(text), 0)
    case .skip:
      let ids = encodeKnown(text)
      return (ids, text.count - ids.count)
    }
  }
}
