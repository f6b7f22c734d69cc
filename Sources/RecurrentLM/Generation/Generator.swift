/// Generates text, character by character. The model must not change meanwhile.
public final class Generator {
  private let reader: StepReader
  private let vocabulary: Vocabulary

  /// - Parameter threads: at most so many are used, one for each 64 hidden units; what is generated
  ///   does not depend on their number.
  /// - Throws: `InsufficientMemory`.
  public init(
    _ model: LanguageModel, vocabulary: Vocabulary, threads: Int = 1
  ) throws(InsufficientMemory) {
    precondition(model.vocabularySize == vocabulary.count, "a vocabulary of another size")
    self.vocabulary = vocabulary
    reader = try StepReader(model, threads: threads)
  }

  /// Generates after `prefix`, from a zero state. The prefix warms up the state and generates
  /// nothing.
  ///
  /// - Parameters:
  ///   - prefix: character numbers, at least one.
  ///   - stop: generation ends when the text generated ends in this.
  ///   - onCharacter: is handed each new token and returns whether to go on.
  /// - Returns: the numbers of the new characters, at most `length`.
  @discardableResult
  public func generate(
    after prefix: [Int32], length: Int, sampler: Sampler = Sampler(), stop: [Int32] = [],
    using generator: inout RandomGenerator, onCharacter: (String) throws -> Bool
  ) rethrows -> [Int32] {
    precondition(
      !prefix.isEmpty && reader.model.knows(prefix), "a prefix has characters of the model")
    reader.reset()
    for id in prefix { reader.read(id) }
    var generated: [Int32] = []
    while generated.count < length {
      let next = sampler.choose(from: logits(), using: &generator)
      generated.append(next)
      guard try onCharacter(vocabulary.tokens[Int(next)]) else { break }
      if !stop.isEmpty && generated.suffix(stop.count) == stop[...] { break }
      if generated.count < length { reader.read(next) }
    }
    return generated
  }

  /// The same, without being told of each character.
  @discardableResult
  public func generate(
    after prefix: [Int32], length: Int, sampler: Sampler = Sampler(), stop: [Int32] = [],
    using generator: inout RandomGenerator
  ) -> [Int32] {
    generate(after: prefix, length: length, sampler: sampler, stop: stop, using: &generator) { _ in
      true
    }
  }

  /// What the model gives each token; -∞ for those that are no characters.
  private func logits() -> [Float] {
    var logits = reader.logits
    for id in logits.indices where !vocabulary.isCharacter(id) { logits[id] = -.infinity }
    return logits
  }
}
