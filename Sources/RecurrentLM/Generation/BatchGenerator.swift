/// Generates texts side by side after one prefix, each of them the text that `Generator` generates alone:
/// the weights are read once for all. The model must not change meanwhile.
public final class BatchGenerator {
  private let vocabulary: Vocabulary
  private let reader: StepReader

  /// - Parameters:
  ///   - batch: texts at a time.
  ///   - threads: what is generated does not depend on their number.
  /// - Throws: `InsufficientMemory`.
  public init(
    _ model: LanguageModel, vocabulary: Vocabulary, batch: Int, threads: Int = 1
  ) throws(InsufficientMemory) {
    precondition(model.vocabularySize == vocabulary.count, "a vocabulary of another size")
    self.vocabulary = vocabulary
    reader = try StepReader(model, batch: batch, threads: threads)
  }

  /// Texts at a time.
  public var batch: Int { reader.network.batch }

  /// The continuations of `prefix`, one for each random generator; at most `batch`.
  ///
  /// - Parameters:
  ///   - prefix: character numbers, at least one.
  ///   - length: of each continuation at most.
  ///   - stop: a text ends when what was generated ends in this; empty: at the full length.
  /// - Returns: the numbers of the new characters of each text.
  public func continuations(
    of prefix: [Int32], length: Int, sampler: Sampler, stop: [Int32] = [],
    using generators: inout [RandomGenerator]
  ) -> [[Int32]] {
    precondition(
      !prefix.isEmpty && reader.model.knows(prefix), "a prefix has characters of the model")
    precondition(generators.count <= batch, "more texts than fit side by side")
    reader.reset()
    for id in prefix { reader.read(id) }
    var texts = [[Int32]](repeating: [], count: generators.count)
    var unfinished = Array(texts.indices)
    while !unfinished.isEmpty, length > 0 {
      for index in unfinished {
        let logits = vocabulary.logitsOfCharacters(reader.logits(ofSequence: index))
        texts[index].append(sampler.choose(from: logits, using: &generators[index]))
      }
      unfinished.removeAll { !stop.isEmpty && texts[$0].suffix(stop.count) == stop[...] }
      guard let next = unfinished.first, texts[next].count < length else { break }
      // What a finished sequence reads on is of no use to anyone.
      reader.read((0..<batch).map { $0 < texts.count ? texts[$0].last ?? prefix[0] : prefix[0] })
    }
    return texts
  }
}

extension Vocabulary {
  /// Logits by token, with -∞ for those that are no characters and are never generated.
  func logitsOfCharacters(_ logits: [Float]) -> [Float] {
    var logits = logits
    for id in logits.indices where !isCharacter(id) { logits[id] = -.infinity }
    return logits
  }
}
