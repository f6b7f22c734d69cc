import RecurrentLM

/// A text whose characters are shown with how well they were predicted: the characters as they were read,
/// also those that a model does not know, and where each stands.
struct MeasuredText {
  /// In numbers of its own.
  let tokens: Tokens
  let vocabulary: Vocabulary
  let sources: [TextSource]
  /// Whether its lines are those of the files.
  let hasLines: Bool
  /// By token: whether all models know the character.
  private let isKnown: [Bool]
  /// How many characters no model is asked for, since one of them does not know them.
  let skipped: Int

  /// - Parameters:
  ///   - checkpoints: what a model does not know is left out for all of them, so that all predict the same.
  ///   - unknown: what to do with such characters.
  /// - Throws: `Failure`, `VocabularyError`, `InsufficientMemory`.
  init(
    _ text: CorpusText, _ mode: TextMode, for checkpoints: [Checkpoint], unknown: UnknownCharacters
  ) throws {
    for checkpoint in checkpoints where unknown == .error {
      let lacking = text.characters.filter { checkpoint.vocabulary.number(of: $0) == nil }
      guard !lacking.isEmpty else { continue }
      guard checkpoints.count > 1 else { throw VocabularyError.unknown(lacking) }
      throw Failure(
        "\(checkpoint.path): the model does not know \(listed(lacking)); leave such characters out, or "
          + "skip them under both models with --unknown skip", .badData)
    }
    sources = text.sources
    hasLines = mode == .raw
    (tokens, vocabulary) = try text.numbered()
    isKnown = vocabulary.tokens.map { token in
      guard let scalar = token.unicodeScalars.first else { return false }
      return checkpoints.allSatisfy { $0.vocabulary.number(of: scalar) != nil }
    }
    let known = isKnown
    skipped = isKnown.allSatisfy { $0 } ? 0 : tokens.lazy.filter { !known[Int($0)] }.count
  }

  /// What a model reads: its numbers of the characters that all models know.
  ///
  /// - Throws: `InsufficientMemory`.
  func numbered(by other: Vocabulary) throws -> Tokens {
    let numbers: [Int32?] = vocabulary.tokens.enumerated().map { index, token in
      isKnown[index] ? token.unicodeScalars.first.flatMap(other.number) : nil
    }
    return try Tokens(tokens.lazy.compactMap { (token: Int32) in numbers[Int(token)] })
  }

  /// How many lines there are at most in one source, for the width of a column.
  var lineCountLimit: Int {
    guard let end = vocabulary.number(of: "\n") else { return 1 }
    return 1 + tokens.lazy.filter { $0 == end }.count
  }

  /// The characters at some positions.
  func characters(_ range: Range<Int>) -> [Unicode.Scalar] {
    tokens[range.clamped(to: 0..<tokens.count)].flatMap {
      vocabulary.tokens[Int($0)].unicodeScalars
    }
  }

  /// Measures the text under a model.
  ///
  /// - Parameters:
  ///   - evaluate: has the evaluator score what the model reads.
  ///   - visit: is handed each character of the text in order, also those that are not predicted.
  func measure(
    under checkpoint: Checkpoint,
    _ evaluate: (Tokens, @escaping (ScoredCharacter) throws -> Void) throws -> Evaluation,
    visit: @escaping (MeasuredCharacter) throws -> Void
  ) throws -> Evaluation {
    var places = Places(sources)
    var position = 0
    var readPosition = 0
    /// Visits the next character; `scored` if it is the one that the model has predicted.
    func next(_ scored: ScoredCharacter?) throws -> Bool {
      let token = Int(tokens[position])
      let isPredicted = isKnown[token] && scored?.position == readPosition
      let scalar = vocabulary.tokens[token].unicodeScalars.first ?? "\u{fffd}"
      try visit(
        MeasuredCharacter(
          scalar: scalar, place: places.next(scalar), position: position,
          bits: isPredicted ? scored.map { bits(ofNats: $0.nats) } : nil,
          expected: { scored?.expected($0) ?? [] }))
      position += 1
      if isKnown[token] { readPosition += 1 }
      return isPredicted
    }
    let evaluation = try evaluate(numbered(by: checkpoint.vocabulary)) { scored in
      while try !next(scored) {}
    }
    while position < tokens.count { _ = try next(nil) }
    return evaluation
  }
}

extension Vocabulary {
  fileprivate func number(of scalar: Unicode.Scalar) -> Int32? { encodeKnown([scalar]).first }
}

/// A character, and how well a model predicted it. Valid only while it is visited.
struct MeasuredCharacter {
  let scalar: Unicode.Scalar
  let place: Place
  /// In the text.
  let position: Int
  /// Its surprisal; nil where it was not predicted: the first one, or one that was skipped.
  let bits: Double?
  /// The most probable tokens of the model in its place, and their probabilities.
  let expected: (Int) -> [Candidate]
}

/// Where a character stands. Lines and columns begin with 1.
struct Place: Equatable {
  /// An index among the text's sources.
  var source = 0
  var line = 1
  var column = 1
}

/// The places of a text's characters, one after another.
private struct Places {
  private let sources: [TextSource]
  private var place = Place(source: -1)
  private var position = 0
  private var followsLineFeed = false

  init(_ sources: [TextSource]) { self.sources = sources }

  /// The place of the next character, which is `scalar`.
  mutating func next(_ scalar: Unicode.Scalar) -> Place {
    if place.source + 1 < sources.count, sources[place.source + 1].start <= position {
      repeat {
        place = Place(source: place.source + 1)
      } while place.source + 1 < sources.count && sources[place.source + 1].start <= position
    } else if followsLineFeed {
      place = Place(source: place.source, line: place.line + 1)
    } else {
      place.column += 1
    }
    followsLineFeed = scalar == "\n"
    position += 1
    return place
  }
}
