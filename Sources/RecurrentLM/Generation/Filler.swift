// Legend of shapes: T characters of the text, V vocabulary, L layers, H hidden units. A state is what
// one stack of a cloze knows at one place: (L · H) floats, for an LSTM (L · 2 · H). A score is the
// sum of log p over a text's characters, each predicted from all others, in nats.

/// Fills the gaps of a text together. The model must not change meanwhile.
///
/// The goal is the text of the highest pseudo-log-likelihood, Σ_t log p(x_t | x_<t, x_>t)
/// (Salazar et al. 2020, doi:10.18653/v1/2020.acl-main.240). Beam search from left to right finds a good
/// start; then single gaps and pairs of neighbouring gaps are exchanged as long as that improves it.
public final class Filler {
  private let model: LanguageModel
  private let pool: WorkerPool
  /// The characters that may fill a gap, in ascending order.
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
    characters = vocabulary.characterNumbers
    precondition(!characters.isEmpty, "a vocabulary without characters")
    pool = WorkerPool(count: threads)
  }

  /// Fills the gaps, which are nil. What is known stays.
  ///
  /// The result is the best under any exchange of one gap or of two neighbouring ones: of all
  /// exchanges where there are up to 32 characters, else of the 1024 that promise most in each
  /// place. For texts longer than 18 characters see `reaches` and `Refinement.handicap`.
  ///
  /// The memory is that of some `Network`s over 2¹³ characters, or over the text if that is longer.
  ///
  /// - Throws: `InsufficientMemory`.
  /// - Complexity: for each gap and each two neighbouring ones, 1024 · 18 characters are read and
  ///   some · 130, fewer the better the model knows what fits; and that two or three times.
  public func fill(
    _ text: [Int32?], progress: (FillProgress) -> Void = { _ in }
  ) throws(InsufficientMemory) -> Filling {
    precondition(
      !text.isEmpty && model.knows(text.compactMap(\.self)), "a text has characters of the model")
    let start = try best(of: candidates(for: text))
    let whole = try reader(sequences: 1, length: text.count)
    let refinement = Refinement(
      characters: characters, gaps: text.indices.filter { text[$0] == nil }, whole: whole,
      single: try reader(sequences: 1, length: 1),
      double: try reader(sequences: characters.count, length: 2),
      candidates: try reader(sequences: 64, length: text.count),
      // Few exchanges are left when it comes to the wider surroundings.
      near: try reader(sequences: 64, length: min(text.count, 2 * reaches.near + 2)),
      wide: try reader(sequences: 8, length: min(text.count, 2 * reaches.wide + 2)))
    let filled = refinement.refined(start, progress: progress)
    return Filling(text: filled, loss: -whole.scores(of: [filled])[0] / Double(text.count))
  }

  /// The fillings that the beam finds.
  func candidates(for text: [Int32?]) throws(InsufficientMemory) -> [[Int32]] {
    guard let first = text.firstIndex(of: nil), let last = text.lastIndex(of: nil) else {
      return [text.compactMap(\.self)]
    }
    let beam = Beam(
      characters: characters, width: beamWidth, single: try reader(sequences: 1, length: 1),
      reader: try reader(sequences: beamWidth, length: 1))
    // Before the first gap and after the last one all is known, whatever stands in them here.
    let draft = text.map { $0 ?? characters[0] }
    let whole = try reader(sequences: 1, length: text.count)
    whole.read([draft])
    let span = first..<last + 1
    return beam.fillings(of: text[span], in: whole.context(of: span)).map {
      draft.replacing(span, with: $0)
    }
  }

  /// Of equal ones the first.
  private func best(of candidates: [[Int32]]) throws(InsufficientMemory) -> [Int32] {
    let scores = try reader(sequences: candidates.count, length: candidates[0].count)
      .scores(of: candidates)
    let best = candidates.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
    return candidates[best]
  }

  /// For up to `sequences` at a time, fewer where that would be too many characters.
  private func reader(sequences: Int, length: Int) throws(InsufficientMemory) -> SequenceReader {
    let most = min(64, max(1, (1 << 13) / length))
    return SequenceReader(
      try Network(model, batch: min(sequences, most), steps: length), on: pool)
  }
}
