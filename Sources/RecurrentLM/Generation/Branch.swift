/// A hypothesis of a beam search with one more character.
struct Branch: Equatable {
  /// Of the hypothesis.
  let row: Int
  let character: Int32
  /// log p of the character, in nats.
  let logProbability: Double
}

/// The best branches of some hypotheses, the best first; among equals those of the earlier hypothesis
/// first, then the smaller characters.
///
/// - Parameters:
///   - count: how many; fewer where there are no more.
///   - scores: Σ log p of each hypothesis, in nats, up to a constant that is the same for all.
///   - characters: that may come next, in ascending order.
///   - logProbabilities: given a row, log p of each token after that hypothesis, in nats.
/// - Complexity: a comparison for each branch, and an insertion into an array of `count` for each that
///   is among the best so far.
func bestBranches(
  _ count: Int, of scores: [Double], by characters: [Int32],
  logProbabilities: (Int) -> [Double]
) -> [Branch] {
  var best: [(score: Double, branch: Branch)] = []
  for (row, score) in scores.enumerated() {
    let expected = logProbabilities(row)
    for character in characters {
      let branch = Branch(
        row: row, character: character, logProbability: expected[Int(character)])
      let total = score + branch.logProbability
      if best.count == count {
        guard let last = best.last, total > last.score else { continue }
        best.removeLast()
      }
      best.insert((total, branch), at: best.endOfPart { $0.score >= total })
    }
  }
  return best.map(\.branch)
}

extension Array {
  /// Where the elements that belong to a part end, all of which stand before the others.
  fileprivate func endOfPart(_ belongs: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
