import Corpora
import RecurrentLM

/// A text that a model reads to show what its units do.
struct InspectedText {
  let ids: [Int32]
  /// What it is called in messages.
  let name: String
  let vocabulary: Vocabulary

  var characters: [Unicode.Scalar] {
    ids.compactMap { vocabulary.tokens[Int($0)].unicodeScalars.first }
  }

  func prefix(_ count: Int) -> InspectedText {
    InspectedText(ids: Array(ids.prefix(count)), name: name, vocabulary: vocabulary)
  }
}

/// The texts that `charnn inspect` reads.
struct InspectedTexts {
  let checkpoint: Checkpoint
  let unknown: UnknownCharacters
  let console: Console

  /// Of a corpus, so many characters are read.
  static let longest = 20_000

  /// A text given on the command line.
  ///
  /// - Throws: `VocabularyError`, `InsufficientMemory`, `Failure`.
  func given(_ text: String) throws -> InspectedText {
    try encoded(
      Corpus(text).read(checkpoint.configuration.training.text), name: "the TEXT of --cells")
  }

  /// The beginning of a corpus.
  ///
  /// - Throws: also `CorpusError`.
  func corpus(_ name: String) throws -> InspectedText {
    try beginning(of: name, limit: InspectedTexts.longest)
  }

  private func beginning(of name: String, limit: Int) throws -> InspectedText {
    let mode = checkpoint.configuration.training.text
    let text = try readCorpora([name], mode, limit: limit, console)
    let isCut = text.count == limit
    return try encoded(
      text, name: isCut ? "the first \(grouped(text.count)) characters of \(name)" : name)
  }

  /// The built-in text that the model was trained on; nil where it was another.
  func builtIn() throws -> InspectedText? {
    guard let name = checkpoint.corpus.first, BuiltInCorpus(rawValue: name) != nil else {
      return nil
    }
    // The model knows the characters of what it was trained on, and perhaps no others.
    let known = checkpoint.configuration.training.maxCharacters ?? .max
    return try beginning(of: name, limit: min(InspectedTexts.longest, known))
  }

  private func encoded(_ text: CorpusText, name: String) throws -> InspectedText {
    let tokens =
      switch unknown {
      case .error: try text.numbered(by: checkpoint.vocabulary)
      case .skip: try text.numberedSkippingUnknown(by: checkpoint.vocabulary).tokens
      }
    guard !tokens.isEmpty else {
      throw Failure("\(name): there is no character that the model knows", .badData)
    }
    return InspectedText(ids: Array(tokens), name: name, vocabulary: checkpoint.vocabulary)
  }
}
