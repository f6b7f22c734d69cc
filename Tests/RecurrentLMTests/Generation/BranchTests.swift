import Testing

@testable import RecurrentLM

@Suite struct BranchTests {
  private let characters: [Int32] = [0, 2, 3]

  /// All branches, sorted.
  private func sorted(_ scores: [Double], _ table: [[Double]]) -> [Branch] {
    let branches = scores.indices.flatMap { row in
      characters.map {
        Branch(row: row, character: $0, logProbability: table[row][Int($0)])
      }
    }
    return branches.sorted { a, b in
      let (first, second) = (
        scores[a.row] + a.logProbability, scores[b.row] + b.logProbability
      )
      return (second, a.row, a.character) < (first, b.row, b.character)
    }
  }

  /// Scores are small whole numbers, so that many are equal.
  @Test(arguments: [1, 2, 5, 12, 40], [UInt64](1...5))
  func theBestAreThoseThatComeFirstInOrder(_ count: Int, _ seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    func draw() -> Double { Double(Int.random(in: -3...0, using: &generator)) }
    let scores = (0..<4).map { _ in draw() }
    let table = scores.map { _ in (0..<4).map { _ in draw() } }
    let found = bestBranches(count, of: scores, by: characters) { table[$0] }
    #expect(found == Array(sorted(scores, table).prefix(count)))
  }

  @Test func scoresThatAreNoNumbersDoNoHarm() {
    let found = bestBranches(2, of: [0, .nan], by: characters) { _ in [.nan, 0, -1, .nan] }
    #expect(found.count == 2)
  }
}
