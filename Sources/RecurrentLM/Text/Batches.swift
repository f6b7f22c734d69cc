/// How the minibatches of an epoch are cut from a text.
public enum Sampling: String, Codable, CaseIterable, Sendable {
  /// The text is cut into `batch` long streams; successive minibatches continue each of them, and
  /// the hidden state is carried from one to the next.
  case sequential
  /// The text is cut into sub-sequences of `steps`, shuffled; the state is reset at each minibatch.
  case random
}

/// Where the minibatches of an epoch of sequential sampling begin.
public enum Offset: String, Codable, CaseIterable, Sendable {
  /// At a place drawn anew for each epoch, so that the cuts fall elsewhere.
  case random
  /// At the start of the text: with the same cuts in every epoch.
  case zero
}

/// A text too short for one minibatch.
public struct TextTooShort: Error, Equatable {
  public let characters: Int
  public let batch: Int
  public let steps: Int

  /// Inputs of one minibatch, and the target of the last.
  public var needed: Int { batch * steps + 1 }
}

/// One epoch's minibatches: `batch` rows of `steps` characters, targets shifted by one.
///
/// A random offset is 0...steps (sequential) or 0..<steps (random), less where the text is too short for
/// that.
public struct Batches: Sendable {
  public let batch: Int
  public let steps: Int
  /// Minibatches in this epoch.
  public let count: Int
  private let firsts: [Int]
  /// The distance of a row's characters in one minibatch from those in the next.
  private let advance: Int

  /// - Throws: `TextTooShort`.
  public init(
    characters: Int, batch: Int, steps: Int, sampling: Sampling, offset: Offset = .random,
    using generator: inout RandomGenerator
  ) throws(TextTooShort) {
    let spare = characters - batch * steps - 1
    guard spare >= 0 else { throw TextTooShort(characters: characters, batch: batch, steps: steps) }
    self.batch = batch
    self.steps = steps
    switch sampling {
    case .sequential:
      let offset =
        offset == .zero ? 0 : Int.random(in: 0...min(steps, spare), using: &generator)
      let stream = (characters - offset - 1) / batch
      count = stream / steps
      firsts = (0..<batch).map { offset + $0 * stream }
      advance = steps
    case .random:
      let offset = Int.random(in: 0...min(steps - 1, spare), using: &generator)
      let pieces = (characters - offset - 1) / steps
      count = pieces / batch
      firsts = (0..<pieces).shuffled(using: &generator).map { offset + $0 * steps }
      advance = 0
    }
  }

  /// Where row `row` of minibatch `index` begins in the text.
  func start(of row: Int, in index: Int) -> Int {
    advance > 0 ? firsts[row] + index * advance : firsts[index * batch + row]
  }

  /// Fills `inputs` and `targets`, both (T, B), with minibatch `index` of `text`.
  ///
  /// - Parameter targetOffset: from an input to its target in the text, 0 or 1.
  public func fill(
    _ index: Int, of text: Tokens, inputs: inout [Int32], targets: inout [Int32],
    targetOffset: Int = 1
  ) {
    for row in 0..<batch {
      let start = start(of: row, in: index)
      for step in 0..<steps {
        inputs[step * batch + row] = text[start + step]
        targets[step * batch + row] = text[start + step + targetOffset]
      }
    }
  }
}
