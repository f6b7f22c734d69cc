/// The known word that a mistyped one is closest to; nil if none is close.
func nearest(_ word: String, among known: [String]) -> String? {
  let distances = known.map { (word: $0, distance: editDistance(word, $0)) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, word.count / 3) ? best.word : nil
}

/// The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into
/// the other (Damerau 1964, doi:10.1145/363958.363994; computed as by Wagner and Fischer).
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var table = (0...a.count).map { i in (0...b.count).map { j in i == 0 ? j : i } }
  for i in 0..<a.count {
    for j in 0..<b.count {
      table[i + 1][j + 1] = min(
        table[i][j] + (a[i] == b[j] ? 0 : 1), table[i + 1][j] + 1, table[i][j + 1] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        table[i + 1][j + 1] = min(table[i + 1][j + 1], table[i - 1][j - 1] + 1)
      }
    }
  }
  return table[a.count][b.count]
}
