/// A continuation of a text, and how probable it is.
public struct ScoredText: Equatable, Sendable {
  /// Numbers of characters.
  public let characters: [Int32]
  /// Σ log p in nats, each character given all before it.
  public let logProbability: Double
}

/// Searches for the most probable continuation of a text, where `Generator` takes the most probable
/// character each time. The model must not change meanwhile.
///
/// Beam search (Graves 2012, arXiv:1211.3711, algorithm 1, without its empty outputs): of all hypotheses
/// that are one character longer, the `width` most probable go on. All of them are read side by side.
///
/// One that has generated the stop text is finished. Finished ones of any length and those of the full
/// length are compared by their total log probability, without any correction for the length: none of
/// them begins another, so they are the outcomes of one process, to generate until the stop text or the
/// full length. A hypothesis becomes no more probable by going on, so one that is no more probable than
/// a finished one is dropped.
public final class BeamGenerator {
  public static let widthRange = 1...1024
  public static let lengthRange = 0...1_000_000_000

  private let width: Int
  private let model: LanguageModel
  /// Those that may be generated, in ascending order.
  private let characters: [Int32]
  /// Of the prefix; where the width is 1, also of what follows, exactly as `Generator` reads it.
  private let prefixReader: StepReader
  /// Of all hypotheses; nil where the width is 1.
  private let reader: SequenceReader?

  /// - Parameters:
  ///   - width: how many hypotheses are kept, in `widthRange`. With 1 the result is that of `Generator`
  ///     at temperature 0.
  ///   - threads: the result does not depend on their number.
  /// - Throws: `InsufficientMemory`.
  public init(
    _ model: LanguageModel, vocabulary: Vocabulary, width: Int, threads: Int = 1
  ) throws(InsufficientMemory) {
    precondition(model.vocabularySize == vocabulary.count, "a vocabulary of another size")
    precondition(BeamGenerator.widthRange.contains(width), "a width out of range")
    self.model = model
    self.width = width
    characters = vocabulary.characterNumbers
    prefixReader = try StepReader(model, threads: threads)
    reader =
      width == 1
      ? nil
      : SequenceReader(
        try Network(model, batch: width, steps: 1), on: WorkerPool(count: threads))
  }

  /// The most probable continuation that the search finds.
  ///
  /// - Parameters:
  ///   - prefix: character numbers, at least one.
  ///   - length: of the continuation, in `lengthRange`.
  ///   - stop: a hypothesis is finished when its text ends in this; empty: at the full length.
  /// - Throws: `InsufficientMemory`.
  public func continuation(
    of prefix: [Int32], length: Int, stop: [Int32] = []
  ) throws(InsufficientMemory) -> ScoredText {
    precondition(!prefix.isEmpty && model.knows(prefix), "a prefix has characters of the model")
    precondition(BeamGenerator.lengthRange.contains(length), "a length out of range")
    let links = length * width
    try checkMemory(links: links)
    prefixReader.reset()
    for id in prefix { prefixReader.read(id) }
    var search = BeamSearch(stop: stop, trail: Trail(capacity: links))
    for step in 0..<length {
      let branches = bestBranches(width, of: search.relativeScores, by: characters) { row in
        logProbabilities(ofRow: row, isFirst: step == 0)
      }
      let rest = search.follow(branches)
      if rest.isEmpty { break }
      if step < length - 1 { read(rest, isFirst: step == 0) }
    }
    return search.best
  }

  private func checkMemory(links: Int) throws(InsufficientMemory) {
    let trail = links * MemoryLayout<Trail.Link>.stride
    try InsufficientMemory.check(
      model.arena.bytes.merging([.activations: trail], uniquingKeysWith: +),
      taken: model.arena.bytes.values.reduce(0, +))
  }

  /// - Parameter isFirst: whether only the prefix has been read.
  private func logProbabilities(ofRow row: Int, isFirst: Bool) -> [Double] {
    guard let reader, !isFirst else {
      return RecurrentLM.logProbabilities(ofLogits: prefixReader.logits)
    }
    return reader.logProbabilities(at: 0, of: row)
  }

  /// Reads the new character of each branch, which becomes a row, after the state of its hypothesis.
  private func read(_ branches: [Branch], isFirst: Bool) {
    guard let reader else { return prefixReader.read(branches[0].character) }
    reader.network.carryState(
      from: isFirst ? prefixReader.network : reader.network, rows: branches.map(\.row))
    reader.read(branches.map { [$0.character] })
  }
}

/// The hypotheses of one beam search.
private struct BeamSearch {
  private struct Hypothesis {
    /// Its last character.
    var end = Trail.start
    /// Σ log p in nats.
    var score = 0.0
  }

  private let stop: [Int32]
  private var trail: Trail
  /// The best first.
  private var running = [Hypothesis()]
  /// The best of those that have generated the stop text; of equals the shortest.
  private var finished: Hypothesis?

  init(stop: [Int32], trail: Trail) {
    self.stop = stop
    self.trail = trail
  }

  /// Of those that run, less the best of them: differences stay exact however long the text becomes.
  var relativeScores: [Double] { running.map { $0.score - running[0].score } }

  /// Goes on with `branches`, the best first.
  ///
  /// - Returns: those of them that still run.
  mutating func follow(_ branches: [Branch]) -> [Branch] {
    let hypotheses = branches.map { branch in
      Hypothesis(
        end: trail.append(branch.character, after: running[branch.row].end),
        score: running[branch.row].score + branch.logProbability)
    }
    let isFinished = hypotheses.map { !stop.isEmpty && trail.ends(in: stop, at: $0.end) }
    if let best = hypotheses.indices.first(where: { isFinished[$0] }),
      !(hypotheses[best].score <= finished?.score ?? -.infinity)
    {
      finished = hypotheses[best]
    }
    let rest = hypotheses.indices.filter { index in
      !isFinished[index] && !(hypotheses[index].score <= finished?.score ?? -.infinity)
    }
    running = rest.map { hypotheses[$0] }
    return rest.map { branches[$0] }
  }

  /// Whatever still runs is better than what is finished.
  var best: ScoredText {
    let best = running.first ?? finished ?? Hypothesis()
    return ScoredText(characters: trail.text(to: best.end), logProbability: best.score)
  }
}

/// The characters of all hypotheses, each with the place of the one before it, so that hypotheses share
/// their beginnings.
private struct Trail {
  struct Link {
    let previous: Int
    let character: Int32
  }

  /// The place before the first character.
  static let start = 0
  private var links = [Link(previous: start, character: 0)]

  /// - Parameter capacity: characters for which memory is set aside; it is not touched before.
  init(capacity: Int) { links.reserveCapacity(capacity + 1) }

  /// - Returns: the place of the new character.
  mutating func append(_ character: Int32, after place: Int) -> Int {
    links.append(Link(previous: place, character: character))
    return links.count - 1
  }

  /// All characters from the first one to a place.
  func text(to end: Int) -> [Int32] {
    var (text, place) = ([Int32](), end)
    while place != Trail.start {
      text.append(links[place].character)
      place = links[place].previous
    }
    return text.reversed()
  }

  /// Whether the characters up to a place end in `text`.
  func ends(in text: [Int32], at end: Int) -> Bool {
    var place = end
    for character in text.reversed() {
      guard place != Trail.start, links[place].character == character else { return false }
      place = links[place].previous
    }
    return true
  }
}
