/// Continues a text, character by character. The model must not change meanwhile.
public final class Generator {
  private let forward: ForwardPass
  private let vocabulary: Vocabulary
  private let pool: WorkerPool

  /// - Parameter threads: what is generated does not depend on their number. A second one pays
  ///   where the weights do not fit into one core's cache: each then reads half of them.
  /// - Throws: `InsufficientMemory`.
  public init(
    _ model: LanguageModel, vocabulary: Vocabulary, threads: Int = 1
  ) throws(InsufficientMemory) {
    precondition(model.vocabularySize == vocabulary.count, "a vocabulary of another size")
    self.vocabulary = vocabulary
    pool = WorkerPool(count: threads)
    forward = try ForwardPass(model, batch: 1, steps: 1)
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
      !prefix.isEmpty && forward.model.knows(prefix), "a prefix has characters of the model")
    forward.resetState()
    for id in prefix { feed(id) }
    var generated: [Int32] = []
    while generated.count < length {
      let next = sampler.choose(from: logits(), using: &generator)
      generated.append(next)
      guard try onCharacter(vocabulary.tokens[Int(next)]) else { break }
      if !stop.isEmpty && generated.suffix(stop.count) == stop[...] { break }
      if generated.count < length { feed(next) }
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

  private func feed(_ id: Int32) {
    forward.inputs.store([id])
    pool.run { [forward] worker in forward.run(worker) }
    forward.carryState()
  }

  /// What the model gives each token; -∞ for those that are no characters.
  private func logits() -> [Float] {
    (0..<vocabulary.count).map {
      vocabulary.isCharacter($0) ? forward.logits[0, $0] : -.infinity
    }
  }
}
