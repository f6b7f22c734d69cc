/// Beam search for the characters of gaps, from left to right.
struct Beam {
  let characters: [Int32]
  /// The number of beginnings that are kept.
  let width: Int
  /// Of one character, and of one for each beginning.
  let single, reader: SequenceReader

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

  /// The best fillings of `span`, known characters and gaps, which begins and ends with a gap.
  func fillings(of span: ArraySlice<Int32?>, in context: SequenceReader.Context) -> [[Int32]] {
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
        hypotheses[row].state = reader.state(of: .forward, sequence: row) { $0.final }
      }
    }
    return hypotheses.map(\.characters)
  }

  /// For each place of `span` the state of the backward stack after reading what follows, up to the next
  /// gap and no further; zero just before a gap. Every minibatch of training starts from a zero state, so
  /// the model knows what it means.
  private func rightStates(in span: ArraySlice<Int32?>, before end: [Float]) -> [[Float]] {
    var states = [end]
    var state = end
    for character in span.dropFirst().reversed() {
      if let character {
        single.start(.backward, from: state)
        single.read([[character]])
        state = single.state(of: .backward) { $0.final }
      } else {
        state = [Float](repeating: 0, count: end.count)
      }
      states.append(state)
    }
    return states.reversed()
  }

  private func read(_ sequences: [[Int32]], after hypotheses: [Hypothesis], before right: [Float]) {
    for (row, hypothesis) in hypotheses.enumerated() {
      reader.start(.forward, sequence: row, from: hypothesis.state)
      reader.start(.backward, sequence: row, from: right)
    }
    reader.read(sequences)
  }

  /// The best hypotheses that are one character longer.
  private func bestBranches(of hypotheses: [Hypothesis]) -> [Hypothesis] {
    RecurrentLM.bestBranches(width, of: hypotheses.map(\.score), by: characters) { row in
      reader.logProbabilities(at: 0, of: row)
    }.map { hypotheses[$0.row].followed(by: $0.character, logProbability: $0.logProbability) }
  }
}
