#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Legend of shapes: T characters of the text, V vocabulary, L layers, H hidden units. A state is what
// one stack of a cloze knows at one place: (L · H) floats, for an LSTM (L · 2 · H). A score is the
// sum of log p over a text's characters, each predicted from all others, in nats.

/// A text whose gaps have been filled.
public struct Filling: Equatable, Sendable {
  public let text: [Int32]
  /// Mean over all characters, in nats per character, each predicted from all others.
  public let loss: Double
}

/// Fills the gaps of a text, all of them together. The model must not change meanwhile.
///
/// What is sought is the text of the highest pseudo-log-likelihood, Σ_t log p(x_t | x_<t, x_>t)
/// (Salazar et al. 2020, doi:10.18653/v1/2020.acl-main.240). A beam from left to right finds a good
/// one; then one gap or two neighbouring ones are exchanged as long as that improves it.
public final class Filler {
  private let model: LanguageModel
  private let pool: WorkerPool
  /// What may stand in a gap, in rising order.
  private let characters: [Int32]
  /// How far around gaps their exchanges are compared, in characters on each side: first all, then
  /// those that are left. What lies farther away hardly depends on them, and takes time. One is made
  /// only if it improves the whole text.
  var reaches = (near: 8, wide: 64)
  /// Beginnings of the text that the beam keeps, up to 64.
  var beamWidth = 64

  /// - Parameter threads: the result does not depend on their number.
  public init(_ model: LanguageModel, vocabulary: Vocabulary, threads: Int = 1) {
    precondition(model.architecture.objective == .cloze, "only a cloze knows what fits a gap")
    precondition(model.vocabularySize == vocabulary.count, "a vocabulary of another size")
    self.model = model
    characters = (0..<vocabulary.count).filter(vocabulary.isCharacter).map(Int32.init)
    precondition(!characters.isEmpty, "a vocabulary without characters")
    pool = WorkerPool(count: threads)
  }

  /// Fills the gaps, which are nil. What is known stays.
  ///
  /// The result is the best under any exchange of one gap or of two neighbouring ones: of all
  /// exchanges where there are up to 32 characters, else of the 1024 that promise most in each
  /// place. For texts longer than 18 characters see `reaches` and `Refinement.handicap`.
  ///
  /// The memory is that of a `ForwardPass` over 2¹³ characters, or over the text if that is longer.
  ///
  /// - Throws: `InsufficientMemory`.
  /// - Complexity: for each gap and each two neighbouring ones, 1024 · 18 characters are read and
  ///   some · 130, fewer the better the model knows what fits; and that two or three times.
  public func fill(_ text: [Int32?]) throws(InsufficientMemory) -> Filling {
    precondition(
      !text.isEmpty && model.knows(text.compactMap(\.self)), "a text has characters of the model")
    let start = try best(of: candidates(for: text))
    let whole = try reader(texts: 1, length: text.count)
    let refinement = Refinement(
      characters: characters, gaps: text.indices.filter { text[$0] == nil }, whole: whole,
      single: try reader(texts: 1, length: 1),
      double: try reader(texts: characters.count, length: 2),
      // Few exchanges are left when it comes to the wider surroundings.
      near: try reader(texts: 64, length: min(text.count, 2 * reaches.near + 2)),
      wide: try reader(texts: 8, length: min(text.count, 2 * reaches.wide + 2)))
    let filled = refinement.refined(start)
    return Filling(text: filled, loss: -whole.scores(of: [filled])[0] / Double(text.count))
  }

  /// The fillings that the beam finds.
  func candidates(for text: [Int32?]) throws(InsufficientMemory) -> [[Int32]] {
    guard let first = text.firstIndex(of: nil), let last = text.lastIndex(of: nil) else {
      return [text.compactMap(\.self)]
    }
    let beam = Beam(
      characters: characters, width: beamWidth, single: try reader(texts: 1, length: 1),
      reader: try reader(texts: beamWidth, length: 1))
    // Before the first gap and after the last one all is known, whatever stands in them here.
    let draft = text.map { $0 ?? characters[0] }
    let whole = try reader(texts: 1, length: text.count)
    whole.read([draft])
    let span = first..<last + 1
    return beam.fillings(of: text[span], in: whole.context(of: span)).map {
      draft.replacing(span, with: $0)
    }
  }

  /// Of equal ones the first.
  private func best(of candidates: [[Int32]]) throws(InsufficientMemory) -> [Int32] {
    let scores = try reader(texts: candidates.count, length: candidates[0].count)
      .scores(of: candidates)
    let best = candidates.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
    return candidates[best]
  }

  /// For up to `texts` texts at a time, fewer where that would be too many characters.
  private func reader(texts: Int, length: Int) throws(InsufficientMemory) -> TextReader {
    let most = min(64, max(1, (1 << 13) / length))
    return TextReader(try ForwardPass(model, batch: min(texts, most), steps: length), on: pool)
  }
}

// MARK: Beam

/// Fills gaps from left to right and keeps the best beginnings.
private struct Beam {
  let characters: [Int32]
  /// Beginnings that are kept.
  let width: Int
  /// Of one character, and of one for each beginning.
  let single, reader: TextReader

  private struct Hypothesis {
    var characters: [Int32] = []
    /// Σ log p so far, in nats, each character given those before it and the known ones after it.
    var score = 0.0
    /// The forward stack's, after some or all of the characters.
    var state: [Float]

    func followed(by character: Int32, logProbability: Double) -> Hypothesis {
      Hypothesis(
        characters: characters + [character], score: score + logProbability, state: state)
    }
  }

  /// What may stand in `span`, known characters and gaps, which begins and ends with a gap.
  func fillings(of span: ArraySlice<Int32?>, in context: TextReader.Context) -> [[Int32]] {
    var hypotheses = [Hypothesis(state: context.left)]
    for (known, right) in zip(span, rightStates(in: span, before: context.right)) {
      // What stands in a place does not change what is expected there.
      read(hypotheses.map { _ in [known ?? characters[0]] }, after: hypotheses, before: right)
      if let known {
        hypotheses = hypotheses.enumerated().map { row, hypothesis in
          let expected = reader.logProbabilities(at: 0, of: row)
          return hypothesis.followed(by: known, logProbability: expected[Int(known)])
        }
      } else {
        hypotheses = bestBranches(of: hypotheses)
        read(hypotheses.map { $0.characters.suffix(1) }, after: hypotheses, before: right)
      }
      for row in hypotheses.indices {
        hypotheses[row].state = reader.state(of: .forward, text: row) { $0.finalState($1) }
      }
    }
    return hypotheses.map(\.characters)
  }

  /// For each place of `span` the backward stack's state that has read what follows up to the next
  /// gap, and nothing else: zero before a gap. From zero every minibatch of training starts, so the
  /// model knows what it means.
  private func rightStates(in span: ArraySlice<Int32?>, before end: [Float]) -> [[Float]] {
    var states = [end]
    var state = end
    for character in span.dropFirst().reversed() {
      if let character {
        single.start(.backward, from: state)
        single.read([[character]])
        state = single.state(of: .backward) { $0.finalState($1) }
      } else {
        state = [Float](repeating: 0, count: end.count)
      }
      states.append(state)
    }
    return states.reversed()
  }

  private func read(_ texts: [[Int32]], after hypotheses: [Hypothesis], before right: [Float]) {
    for (row, hypothesis) in hypotheses.enumerated() {
      reader.start(.forward, text: row, from: hypothesis.state)
      reader.start(.backward, text: row, from: right)
    }
    reader.read(texts)
  }

  /// The best of all that one more character makes; of equal ones the smaller characters.
  private func bestBranches(of hypotheses: [Hypothesis]) -> [Hypothesis] {
    let branches = hypotheses.enumerated().flatMap { row, hypothesis in
      let expected = reader.logProbabilities(at: 0, of: row)
      return characters.map {
        (score: hypothesis.score + expected[Int($0)], row: row, character: $0)
      }
    }
    let sorted = branches.sorted {
      ($1.score, $0.row, $0.character) < ($0.score, $1.row, $1.character)
    }
    return sorted.prefix(width).map { branch in
      let parent = hypotheses[branch.row]
      return parent.followed(
        by: branch.character, logProbability: branch.score - parent.score)
    }
  }
}

// MARK: Refinement

/// Exchanges one gap or two neighbouring ones as long as that improves the text.
private struct Refinement {
  /// Exchanges that are compared in one place: all for two gaps and up to 32 characters.
  static let exchangeLimit = 1024
  /// Characters of each of two gaps that are combined, of which then the best exchanges are taken.
  static let rankLimit = 256
  /// Less is rounding, in nats.
  static let leastImprovement = 1e-6
  /// What an exchange may lose near itself and yet win back farther away, in nats: a model that had
  /// learned its text by heart gave some of them back 5.
  static let handicap = 8.0

  let characters: [Int32]
  let gaps: [Int]
  /// Of the text, of one and of two characters.
  let whole, single, double: TextReader
  /// Of an exchange and its surroundings.
  let near, wide: TextReader

  private struct Exchange {
    let characters: [Int32]
    /// Σ log p in nats over the part of the text in which it has been compared, at first only its
    /// own. It can but fall where that part grows: no log p is above 0.
    let score: Double
  }

  /// The text after all exchanges that improve it.
  func refined(_ start: [Int32]) -> [Int32] {
    let pairs = zip(gaps, gaps.dropFirst()).filter { $0 + 1 == $1 }
    let sites = gaps.map { $0..<$0 + 1 } + pairs.map { $0..<$1 + 1 }
    var text = start
    var score = whole.scores(of: [text])[0]
    var index = 0
    var unimproved = 0
    while unimproved < sites.count {
      let site = sites[index]
      index = (index + 1) % sites.count
      unimproved += 1
      let better = bestExchange(at: site, in: text)
      if better == text { continue }
      let newScore = whole.scores(of: [better])[0]
      if newScore > score + Refinement.leastImprovement {
        // It was the best exchange here, so that this place is done for now.
        (text, score, unimproved) = (better, newScore, 1)
      } else {
        // `compared` finds in the reader what surrounds the exchanges.
        _ = whole.scores(of: [text])
      }
    }
    return text
  }

  /// The text after the best exchange at `site`; without a better one the text itself.
  private func bestExchange(at site: Range<Int>, in text: [Int32]) -> [Int32] {
    var exchanges = site.count == 1 ? singles(at: site, in: text) : pairs(at: site, in: text)
    for reader in [near, wide] where exchanges.count > 1 {
      exchanges = compared(exchanges, at: site, in: text, by: reader)
    }
    return exchanges.first.map { text.replacing(site, with: $0.characters) } ?? text
  }

  /// Those of `exchanges` that come near the best, compared in as much of the text around `site` as
  /// `reader` reads; the best first.
  private func compared(
    _ exchanges: [Exchange], at site: Range<Int>, in text: [Int32], by reader: TextReader
  ) -> [Exchange] {
    let centred = site.lowerBound - (reader.length - site.count) / 2
    let start = max(0, min(centred, text.count - reader.length))
    let frame = start..<start + reader.length
    var record = whole.score(in: frame)
    var compared: [Exchange] = []
    reader.start(in: whole.context(of: frame))
    for first in stride(from: 0, to: exchanges.count, by: reader.count) {
      guard exchanges[first].score > record - Refinement.handicap else { break }
      let group = exchanges[first..<min(first + reader.count, exchanges.count)]
      let scores = reader.scores(
        of: group.map { Array(text.replacing(site, with: $0.characters)[frame]) })
      compared += zip(group, scores).map { Exchange(characters: $0.characters, score: $1) }
      record = max(record, scores.max() ?? record)
    }
    return best(compared.filter { $0.score > record - Refinement.handicap })
  }

  /// All characters of one gap, the most probable first.
  private func singles(at site: Range<Int>, in text: [Int32]) -> [Exchange] {
    single.start(in: whole.context(of: site))
    single.read([Array(text[site])])
    let expected = single.logProbabilities(at: 0)
    return best(characters.map { Exchange(characters: [$0], score: expected[Int($0)]) })
  }

  /// Combinations of the characters of two neighbouring gaps, those first whose own probabilities,
  /// each given the other, have the highest product.
  private func pairs(at site: Range<Int>, in text: [Int32]) -> [Exchange] {
    let sides = site.map { place in
      singles(at: place..<place + 1, in: text).prefix(Refinement.rankLimit).map { $0.characters[0] }
    }
    let (firsts, seconds) = (sides[0], sides[1])
    double.start(in: whole.context(of: site))
    // The n-th text has the n-th of both: it tells what is expected in the first gap given the n-th
    // of the second, and in the second given the n-th of the first.
    var (inFirst, inSecond) = ([[Double]](), [[Double]]())
    for start in stride(from: 0, to: firsts.count, by: double.count) {
      let group = start..<min(start + double.count, firsts.count)
      double.read(group.map { [firsts[$0], seconds[$0]] })
      inFirst += group.map { double.logProbabilities(at: 0, of: $0 - start) }
      inSecond += group.map { double.logProbabilities(at: 1, of: $0 - start) }
    }
    let exchanges = firsts.enumerated().flatMap { first, a in
      seconds.enumerated().map { second, b in
        Exchange(
          characters: [a, b], score: inFirst[second][Int(a)] + inSecond[first][Int(b)])
      }
    }
    return best(exchanges)
  }

  /// Of equal ones the smaller characters.
  private func best(_ exchanges: [Exchange]) -> [Exchange] {
    let sorted = exchanges.sorted {
      $0.score == $1.score
        ? $0.characters.lexicographicallyPrecedes($1.characters) : $0.score > $1.score
    }
    return Array(sorted.prefix(Refinement.exchangeLimit))
  }
}

// MARK: Reading

/// One of the two halves of a cloze.
private enum Stack: Int {
  case forward
  case backward
}

/// Reads texts of one length, several of them side by side, from states that can be set.
private final class TextReader {
  private let forward: ForwardPass
  private let pool: WorkerPool
  private var weightsAreLoaded = false

  init(_ forward: ForwardPass, on pool: WorkerPool) {
    self.forward = forward
    self.pool = pool
  }

  /// How many texts are read at a time, and their length in characters.
  var count: Int { forward.batch }
  var length: Int { forward.steps }

  /// - Parameter texts: at most `count`. The last one takes the place of those that are missing.
  func read(_ texts: [[Int32]]) {
    run(texts, measures: false)
  }

  /// The scores of any number of texts from the states that are set, the same for all.
  func scores(of texts: [[Int32]]) -> [Double] {
    stride(from: 0, to: texts.count, by: count).flatMap { start in
      let group = texts[start..<min(start + count, texts.count)]
      run(Array(group), measures: true)
      return (0..<group.count).map { score(of: $0, in: 0..<length) }
    }
  }

  /// The score of a part of a text; after `scores`.
  func score(of text: Int = 0, in part: Range<Int>) -> Double {
    part.reduce(0) { $0 - Double(forward.loss(row: $1 * count + text)) }
  }

  private func run(_ texts: [[Int32]], measures: Bool) {
    let characters = (0..<length).flatMap { step in
      (0..<count).map { texts[min($0, texts.count - 1)][step] }
    }
    forward.inputs.store(characters)
    forward.targets.store(characters)
    pool.run { [forward, weightsAreLoaded] worker in
      forward.run(worker, weightsAreLoaded: weightsAreLoaded)
      if measures { forward.crossEntropy(worker) }
    }
    weightsAreLoaded = true
  }

  /// By character, what was expected at `step` of a text, in nats; after `read`.
  func logProbabilities(at step: Int, of text: Int = 0) -> [Double] {
    let row = step * count + text
    let logits = (0..<forward.model.vocabularySize).map { Double(forward.logits[row, $0]) }
    let largest = logits.max() ?? 0
    let total = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
    return logits.map { $0 - total }
  }

  // MARK: States

  /// What the two stacks know before they read a part of a text, from its left and from its right.
  struct Context {
    let left: [Float]
    let right: [Float]
  }

  /// What surrounds a part of the first text that was read.
  func context(of part: Range<Int>) -> Context {
    Context(
      left: state(of: .forward) { $0.previousState($1, part.lowerBound) },
      right: state(of: .backward) { $0.previousState($1, part.upperBound - 1) })
  }

  /// Lets all texts stand in one context.
  func start(in context: Context) {
    for text in 0..<count {
      start(.forward, text: text, from: context.left)
      start(.backward, text: text, from: context.right)
    }
  }

  /// A state that `place` picks, without padding.
  func state(
    of stack: Stack, text: Int = 0, at place: (CellPass, Matrix) -> Matrix
  ) -> [Float] {
    matrices(of: stack, at: place).flatMap { matrix in
      (0..<forward.model.architecture.hidden).map { matrix[text, $0] }
    }
  }

  func start(_ stack: Stack, text: Int = 0, from state: [Float]) {
    let hidden = forward.model.architecture.hidden
    for (index, matrix) in matrices(of: stack, at: { $0.initialState($1) }).enumerated() {
      for unit in 0..<hidden { matrix[text, unit] = state[index * hidden + unit] }
    }
  }

  /// H, and C where the cell has it, by layer, (B, H) each.
  private func matrices(of stack: Stack, at place: (CellPass, Matrix) -> Matrix) -> [Matrix] {
    forward.passes.flatMap { layer in
      let pass = layer[stack.rawValue]
      return forward.cell.hasMemory
        ? [place(pass, pass.hidden), place(pass, pass.memory)] : [place(pass, pass.hidden)]
    }
  }
}

extension [Int32] {
  fileprivate func replacing(_ part: Range<Int>, with characters: [Int32]) -> [Int32] {
    self[..<part.lowerBound] + characters + self[part.upperBound...]
  }
}
