import RecurrentLM

/// Stands for a gap in a text to be filled.
private let gapMark: Unicode.Scalar = "_"

extension Vocabulary {
  /// Encodes a text with gaps, which become nil.
  ///
  /// - Throws: `VocabularyError.unknown` unless such characters are to be skipped.
  func encodeGapped(_ text: [Unicode.Scalar], unknown: UnknownCharacters) throws -> [Int32?] {
    if unknown == .error { _ = try encode(text.filter { $0 != gapMark }) }
    return text.flatMap { character in
      character == gapMark ? [nil] : encodeKnown([character]).map(Optional.some)
    }
  }

  /// The inverse of `encodeGapped`.
  func gappedText(of ids: [Int32?]) -> String {
    ids.map { $0.map { text(of: [$0]) } ?? String(gapMark) }.joined()
  }
}
