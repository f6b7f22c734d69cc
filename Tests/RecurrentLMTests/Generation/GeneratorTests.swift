import Foundation
import Testing

@testable import RecurrentLM

@Suite struct GeneratorTests {
  private let vocabulary = Vocabulary(of: Array("abcdefg".unicodeScalars), mode: .raw)

  /// A model that follows each character with the next, and the last with the first.
  private func alphabet() throws -> LanguageModel {
    let model = try LanguageModel(CellVariant.rnn.architecture(hidden: 7), vocabularySize: 7)
    model.store(
      (0..<49).map { $0 % 8 == 0 ? 1 : 0 }, in: try model.parameter("rnn.weight_ih_l0"))
    model.store(
      (0..<49).map { ($0 / 7 + 6) % 7 == $0 % 7 ? 20 : 0 },
      in: try model.parameter("linear.weight"))
    return model
  }

  private func generate(
    _ model: LanguageModel, after prefix: String, length: Int, stop: String = "",
    temperature: Double = 0, seed: UInt64 = 1, onCharacter: (String) -> Bool = { _ in true }
  ) throws -> String {
    var sampler = Sampler()
    sampler.temperature = temperature
    var generator = RandomGenerator(seed: seed)
    return vocabulary.text(
      of: try Generator(model, vocabulary: vocabulary).generate(
        after: vocabulary.encode(prefix.unicodeScalars), length: length, sampler: sampler,
        stop: vocabulary.encode(stop.unicodeScalars), using: &generator
      ) { onCharacter(vocabulary.tokens[Int($0.id)]) })
  }

  @Test func thePrefixIsContinuedAndGeneratesNothing() throws {
    var handedOut = ""
    let text = try generate(alphabet(), after: "gab", length: 9) {
      handedOut += $0
      return true
    }
    #expect(text == "cdefgabcd")
    #expect(handedOut == text)
    #expect(try generate(alphabet(), after: "a", length: 0).isEmpty)
  }

  @Test(arguments: CellVariant.allCases)
  func thePrefixWarmsUpTheState(_ cell: CellVariant) throws {
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: 9), vocabularySize: 7, uniform: 1.5)
    let naive = NaiveNetwork(model)
    var text = try vocabulary.encode("gadbec".unicodeScalars)
    for _ in 0..<20 {
      let logits = naive.logits(of: text).last ?? []
      text.append(Int32(logits.firstIndex(of: logits.max() ?? 0) ?? 0))
    }
    #expect(
      try generate(model, after: "gadbec", length: 20) == vocabulary.text(of: text.dropFirst(6)))
  }

  @Test func theSameSeedGeneratesTheSameText() throws {
    let model = try LanguageModel(
      CellVariant.lstm.architecture(), vocabularySize: 7, uniform: 0.5)
    func text(seed: UInt64) throws -> String {
      try generate(model, after: "ab", length: 40, temperature: 1, seed: seed)
    }
    #expect(try text(seed: 1) == text(seed: 1))
    #expect(try text(seed: 1) != text(seed: 2))
  }

  /// The model counts characters, and generates the one that it has seen most.
  @Test func aGeneratorStartsFromAZeroStateEachTime() throws {
    let model = try LanguageModel(CellVariant.rnnReLU.architecture(hidden: 7), vocabularySize: 7)
    for name in ["rnn.weight_ih_l0", "rnn.weight_hh_l0", "linear.weight"] {
      model.store((0..<49).map { $0 % 8 == 0 ? 1 : 0 }, in: try model.parameter(name))
    }
    let generator = try Generator(model, vocabulary: vocabulary)
    var random = RandomGenerator(seed: 1)
    #expect(generator.generate(after: [1, 5, 5], length: 3, using: &random) == [5, 5, 5])
    #expect(generator.generate(after: [3], length: 3, using: &random) == [3, 3, 3])
  }

  @Test(arguments: [
    ("f", "cdef"), ("ef", "cdef"), ("ga", "cdefga"), ("cc", "cdefgabcdefgabcdefga"),
    ("abc", "cdefgabc"), ("ab", "cdefgab"),
  ])
  func generationEndsWhereTheStopTextIsComplete(_ stop: String, _ expected: String) throws {
    // The prefix ends in "ab", which is not generated and stops nothing.
    #expect(try generate(alphabet(), after: "ab", length: 20, stop: stop) == expected)
  }

  @Test func generationEndsWhenItIsToldTo() throws {
    var left = 3
    let text = try generate(alphabet(), after: "a", length: 20) { _ in
      left -= 1
      return left > 0
    }
    #expect(text == "bcd")
  }

  @Test func anErrorOfTheCallersEndsGeneration() throws {
    let generator = try Generator(alphabet(), vocabulary: vocabulary)
    var random = RandomGenerator(seed: 1)
    var handedOut = ""
    #expect(throws: CancellationError.self) {
      try generator.generate(after: [0], length: 9, using: &random) {
        handedOut += vocabulary.tokens[Int($0.id)]
        if $0.id == 3 { throw CancellationError() }
        return true
      }
    }
    #expect(handedOut == "bcd")
  }

  @Test(arguments: CellVariant.allCases)
  func aTextInPartsIsTheSameAsInOne(_ cell: CellVariant) throws {
    let model = try LanguageModel(
      cell.architecture(layers: 2, hidden: 9), vocabularySize: 7, uniform: 1.5)
    let generator = try Generator(model, vocabulary: vocabulary)
    var random = RandomGenerator(seed: 1)
    let whole = generator.generate(after: [6, 0, 3], length: 12, using: &random)
    generator.reset()
    var parts: [Int32] = []
    generator.read([6])
    generator.read([0, 3])
    for length in [4, 0, 3] {
      parts += generator.proceed(length: length, using: &random) { _ in true }
    }
    // What is generated and what is read are the same to the model.
    generator.read([whole[7]])
    parts += [whole[7]] + generator.proceed(length: 4, using: &random) { _ in true }
    #expect(parts == whole)
  }

  /// Whatever the sampler makes of it.
  @Test func theProbabilityIsThatOfTheModel() throws {
    let model = try LanguageModel(
      CellVariant.gru.architecture(), vocabularySize: 7, uniform: 0.5)
    let naive = NaiveNetwork(model)
    var text: [Int32] = [3, 1]
    var sampler = Sampler()
    (sampler.temperature, sampler.topK) = (3, 2)
    var random = RandomGenerator(seed: 1)
    try Generator(model, vocabulary: vocabulary).generate(
      after: text, length: 9, sampler: sampler, using: &random
    ) { character in
      let weights = (naive.logits(of: text).last ?? []).map { exp(Double($0)) }
      let expected = weights[Int(character.id)] / weights.reduce(0, +)
      #expect(abs(character.probability - expected) < 1e-5)
      text.append(character.id)
      return true
    }
    #expect(text.count == 11)
  }

  @Test(arguments: [0.0, 1, 1000])
  func theUnknownTokenIsNeverGenerated(_ temperature: Double) throws {
    let letters = Vocabulary(of: Array("abc".unicodeScalars), mode: .letters)
    let model = try LanguageModel(CellVariant.gru.architecture(), vocabularySize: 4)
    model.store([50, 0, 0, 0], in: try model.parameter("linear.bias"))
    var sampler = Sampler()
    sampler.temperature = temperature
    var generator = RandomGenerator(seed: 1)
    let ids = try Generator(model, vocabulary: letters).generate(
      after: [1], length: 100, sampler: sampler, using: &generator)
    #expect(ids.count == 100)
    #expect(!ids.contains(0))
  }
}
