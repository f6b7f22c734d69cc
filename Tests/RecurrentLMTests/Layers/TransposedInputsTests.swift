import Testing

@testable import RecurrentLM

@Suite struct TransposedInputsTests {
  @Test(arguments: 1...3)
  func whatIsStoredComesBackTransposedAndByRows(_ threads: Int) {
    let states = randomMatrix(rows: 15, columns: 80, seed: 1)
    let blocks = panelMatrix(rows: 12, columns: 80, blocks: 2)
    let embedded = randomMatrix(rows: 12, columns: 48, seed: 2)
    let source = randomMatrix(rows: 12, columns: 160, seed: 3)
    let transposed = kept {
      TransposedInputs(
        $0, widest: 80, RowGroups(count: 5, rows: 3), count: 3, element: .float)
    }
    WorkerPool(count: threads).run { worker in
      blocks.copy(from: source, dividedBy: worker)
      worker.synchronize()
      transposed.store(states, at: 0, dividedBy: worker)
      transposed.store(blocks.block(1), at: 1, dividedBy: worker)
      transposed.store(embedded, at: 2, dividedBy: worker)
    }
    for rows in [0..<12, 3..<15] {
      #expect(
        transposed.transpose(of: states, rows: rows, at: 0).values
          == states.rows(rows).transposed.values)
    }
    #expect(
      transposed.transpose(of: blocks.block(1), rows: 0..<12, at: 1).values
        == source.columns(80..<160).transposed.values)
    #expect(
      transposed.transpose(of: embedded, rows: 0..<12, at: 2).values == embedded.transposed.values)
  }
}
