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
    let bPacked = packedMatrix(rows: depth, columns: columns)
    let columnSums = b.transposed.values.map { Float($0.reduce(0.0) { $0 + Double($1) }) }
    let pool = WorkerPool(count: threads)
    func expectProduct(
      _ start: ProductStart, _ first: (Int, Int) -> Float,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let expected = a.product(with: b, startingFrom: first).flatMap(\.self)
      let result = randomMatrix(rows: rows, columns: columns, seed: 5)
      let packed = randomMatrix(rows: rows, columns: columns, seed: 5)
      let sums = randomMatrix(rows: 1, columns: columns, seed: 6)
      pool.run { worker in
        result.setProduct(
          a, b, startingFrom: start, columnSums: sums, sharedWith: worker)
        bPacked.pack(b, sharedWith: worker)
        worker.synchronize()
        packed.setProduct(a, bPacked, startingFrom: start, sharedWith: worker)
      }
      #expect(
        relativeError(result.values.flatMap(\.self), expected) < 1e-6,
        sourceLocation: sourceLocation)
      #expect(packed.values == result.values, sourceLocation: sourceLocation)
      #expect(relativeError(sums.values[0], columnSums) < 1e-6, sourceLocation: sourceLocation)
    }
    expectProduct(.zero) { _, _ in 0 }
    expectProduct(.itself) { before[$0, $1] }
    expectProduct(.row(row)) { row[0, $1] }
  }
}
