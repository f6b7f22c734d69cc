import Testing

@testable import RecurrentLM

extension Matrix {
  /// start + this · b, by plain loops in Double.
  fileprivate func product(
    with b: Matrix, startingFrom start: (_ row: Int, _ column: Int) -> Float
  ) -> [[Float]] {
    (0..<rows).map { row in
      (0..<b.columns).map { column in
        Float(
          (0..<columns).reduce(Double(start(row, column))) {
            $0 + Double(self[row, $1]) * Double(b[$1, column])
          })
      }
    }
  }
}

@Suite struct ProductsTests {
  /// Rows, columns, depth: of one part and of several, by rows and by strips.
  private static let shapes = [
    (1, 16, 1), (3, 48, 5), (13, 16, 70), (20, 144, 9), (7, 256, 11), (70, 64, 3), (65, 784, 2),
  ]

  @Test(arguments: shapes, 1...3)
  func productsAndColumnSumsAreThoseOfPlainLoops(_ shape: (Int, Int, Int), _ threads: Int) {
    let (rows, columns, depth) = shape
    let a = randomMatrix(rows: rows, columns: depth, seed: 1)
    let b = randomMatrix(rows: depth, columns: columns, seed: 3)
    let row = randomMatrix(rows: 1, columns: columns, seed: 4)
    let before = randomMatrix(rows: rows, columns: columns, seed: 5)
    let bStriped = stripedMatrix(rows: depth, columns: columns)
    let columnSums = b.transposed.values.map { Float($0.reduce(0.0) { $0 + Double($1) }) }
    let pool = WorkerPool(count: threads)
    func expectProduct(
      _ start: ProductStart, _ first: (Int, Int) -> Float,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let expected = a.product(with: b, startingFrom: first).flatMap(\.self)
      let result = randomMatrix(rows: rows, columns: columns, seed: 5)
      let striped = stripedMatrix(rows: rows, columns: columns)
      let sums = randomMatrix(rows: 1, columns: columns, seed: 6)
      let sumsOfStrips = randomMatrix(rows: 1, columns: columns, seed: 7)
      pool.run { worker in
        result.setProduct(
          a, b, startingFrom: start, columnSums: sums, sharedWith: worker)
        bStriped.copy(from: b, sharedWith: worker)
        striped.copy(from: before, sharedWith: worker)
        worker.synchronize()
        striped.setProduct(
          a, bStriped, startingFrom: start, columnSums: sumsOfStrips, sharedWith: worker)
      }
      #expect(
        relativeError(result.values.flatMap(\.self), expected) < 1e-6,
        sourceLocation: sourceLocation)
      #expect(striped.values == result.values, sourceLocation: sourceLocation)
      #expect(sumsOfStrips.values == sums.values, sourceLocation: sourceLocation)
      #expect(relativeError(sums.values[0], columnSums) < 1e-6, sourceLocation: sourceLocation)
    }
    expectProduct(.zero) { _, _ in 0 }
    expectProduct(.itself) { before[$0, $1] }
    expectProduct(.row(row)) { row[0, $1] }
  }

  /// As the gates are on the way back: each block begins a strip.
  @Test(arguments: 1...3)
  func theLeftFactorMayLieInBlocksOfStrips(_ threads: Int) {
    let a = randomMatrix(rows: 70, columns: 240, seed: 1)
    let aStriped = stripedMatrix(rows: 70, columns: 80, blocks: 3)
    let b = randomMatrix(rows: 240, columns: 48, seed: 2)
    let (expected, result) = (
      randomMatrix(rows: 70, columns: 48, seed: 3), randomMatrix(rows: 70, columns: 48, seed: 4)
    )
    WorkerPool(count: threads).run { worker in
      aStriped.copy(from: a, sharedWith: worker)
      worker.synchronize()
      expected.setProduct(a, b, sharedWith: worker)
      result.setProduct(aStriped, b, sharedWith: worker)
    }
    #expect(result.values == expected.values)
  }

  /// As the gates are in a time step: the strips with one number of several blocks.
  @Test(arguments: [0, 1])
  func theResultMayBeAStripOfEachBlock(_ index: Int) {
    let a = randomMatrix(rows: 13, columns: 48, seed: 1)
    let b = randomMatrix(rows: 48, columns: 240, seed: 2)
    let before = randomMatrix(rows: 13, columns: 240, seed: 3)
    let bStriped = stripedMatrix(rows: 48, columns: 80, blocks: 3)
    let result = stripedMatrix(rows: 13, columns: 80, blocks: 3)
    WorkerPool(count: 1).run { worker in
      bStriped.copy(from: b, sharedWith: worker)
      result.copy(from: before, sharedWith: worker)
      result.strip(ofEachBlock: index).setProduct(
        a, bStriped.strip(ofEachBlock: index), startingFrom: .itself)
      before.setProduct(a, b, startingFrom: .itself)
    }
    let columns = index == 0 ? 0..<64 : 64..<80
    for block in 0..<3 {
      #expect(
        result.block(block).columns(columns).values
          == before.block(block, width: 80).columns(columns).values)
    }
  }
}
