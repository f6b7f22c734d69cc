/// A character that has been generated.
public struct GeneratedCharacter: Equatable, Sendable {
  /// Its number.
  public let id: Int32
  /// What the model gave each token in its place, before a sampler's temperature and limits.
  public let logits: [Float]

  public init(id: Int32, logits: [Float]) {
    self.id = id
    self.logits = logits
  }

  /// How probable the model held it: the softmax of its logit.
  public var probability: Double { exp(logProbabilities(ofLogits: logits)[Int(id)]) }
}

/// Generates text, character by character. The model must not change meanwhile.
public final class Generator {
  private let reader: StepReader
  private let vocabulary: Vocabulary
  /// The last character of the text so far; the network takes it only where something follows.
  private var unread: Int32?

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

  /// Goes back to a zero state, as if nothing had been read.
  public func reset() {
    reader.reset()
    unread = nil
  }

  /// Reads a text, which warms up the state and generates nothing.
  ///
  /// - Parameter text: character numbers.
  public func read(_ text: [Int32]) {
    precondition(reader.model.knows(text), "a text has characters of the model")
    for id in text { add(id) }
  }

  private func add(_ id: Int32) {
    if let unread { reader.read(unread) }
    unread = id
  }

  /// Generates after all that has been read and generated since the last `reset`, which must be at least
  /// one character.
  ///
  /// - Parameters:
  ///   - stop: generation ends when the text generated ends in this.
  ///   - onCharacter: is handed each new character and returns whether to go on.
  /// - Returns: the numbers of the new characters, at most `length`.
  @discardableResult
  public func proceed(
    length: Int, sampler: Sampler = Sampler(), stop: [Int32] = [],
    using generator: inout RandomGenerator, onCharacter: (GeneratedCharacter) throws -> Bool
  ) rethrows -> [Int32] {
    var generated: [Int32] = []
    while generated.count < length {
      guard let last = unread else { preconditionFailure("nothing to generate after") }
      reader.read(last)
      unread = nil
      let logits = reader.logits
      let next = sampler.choose(
        from: vocabulary.logitsOfCharacters(logits), using: &generator)
      unread = next
      generated.append(next)
      guard try onCharacter(GeneratedCharacter(id: next, logits: logits)) else { break }
      if !stop.isEmpty && generated.suffix(stop.count) == stop[...] { break }
    }
    return generated
  }

  /// Generates after `prefix`, from a zero state.
  ///
  /// - Parameter prefix: character numbers, at least one.
  /// - Returns: the numbers of the new characters, at most `length`.
  @discardableResult
  public func generate(
    after prefix: [Int32], length: Int, sampler: Sampler = Sampler(), stop: [Int32] = [],
    using generator: inout RandomGenerator, onCharacter: (GeneratedCharacter) throws -> Bool
  ) rethrows -> [Int32] {
    precondition(!prefix.isEmpty, "a prefix has a character")
    reset()
    read(prefix)
    return try proceed(
      length: length, sampler: sampler, stop: stop, using: &generator, onCharacter: onCharacter)
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
}
