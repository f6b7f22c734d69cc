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
  /// Rows, columns, depth: of one part and of several, by rows and by panels.
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
    let bPaneled = panelMatrix(rows: depth, columns: columns)
    let columnSums = b.transposed.values.map { Float($0.reduce(0.0) { $0 + Double($1) }) }
    let pool = WorkerPool(count: threads)
    func expectProduct(
      _ start: ProductStart, _ first: (Int, Int) -> Float,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let expected = a.product(with: b, startingFrom: first).flatMap(\.self)
      let result = randomMatrix(rows: rows, columns: columns, seed: 5)
      let paneled = panelMatrix(rows: rows, columns: columns)
      let sums = randomMatrix(rows: 1, columns: columns, seed: 6)
      let sumsOfPanels = randomMatrix(rows: 1, columns: columns, seed: 7)
      pool.run { worker in
        result.setSum(
          ofProducts: [(a, b)], startingFrom: start, columnSums: sums, dividedBy: worker)
        bPaneled.copy(from: b, dividedBy: worker)
        paneled.copy(from: before, dividedBy: worker)
        worker.synchronize()
        paneled.setSum(
          ofProducts: [(a, bPaneled)], startingFrom: start, columnSums: sumsOfPanels,
          dividedBy: worker)
      }
      #expect(
        relativeError(result.values.flatMap(\.self), expected) < 1e-6,
        sourceLocation: sourceLocation)
      #expect(paneled.values == result.values, sourceLocation: sourceLocation)
      #expect(sumsOfPanels.values == sums.values, sourceLocation: sourceLocation)
      #expect(relativeError(sums.values[0], columnSums) < 1e-6, sourceLocation: sourceLocation)
    }
    expectProduct(.zero) { _, _ in 0 }
    expectProduct(.itself) { before[$0, $1] }
    expectProduct(.row(row)) { row[0, $1] }
  }

  /// As the gates are on the way back: each block begins a panel.
  @Test(arguments: 1...3)
  func theLeftFactorMayLieInBlocksOfPanels(_ threads: Int) {
    let a = randomMatrix(rows: 70, columns: 240, seed: 1)
    let aPaneled = panelMatrix(rows: 70, columns: 80, blocks: 3)
    let b = randomMatrix(rows: 240, columns: 48, seed: 2)
    let (expected, result) = (
      randomMatrix(rows: 70, columns: 48, seed: 3), randomMatrix(rows: 70, columns: 48, seed: 4)
    )
    WorkerPool(count: threads).run { worker in
      aPaneled.copy(from: a, dividedBy: worker)
      worker.synchronize()
      expected.setSum(ofProducts: [(a, b)], dividedBy: worker)
      result.setSum(ofProducts: [(aPaneled, b)], dividedBy: worker)
    }
    #expect(result.values == expected.values)
  }

  /// As the gates are in a time step: the panels with one number of several blocks.
  @Test(arguments: [0, 1])
  func theResultMayBeAPanelOfEachBlock(_ index: Int) {
    let a = randomMatrix(rows: 13, columns: 48, seed: 1)
    let b = randomMatrix(rows: 48, columns: 240, seed: 2)
    let before = randomMatrix(rows: 13, columns: 240, seed: 3)
    let bPaneled = panelMatrix(rows: 48, columns: 80, blocks: 3)
    let result = panelMatrix(rows: 13, columns: 80, blocks: 3)
    WorkerPool(count: 1).run { worker in
      bPaneled.copy(from: b, dividedBy: worker)
      result.copy(from: before, dividedBy: worker)
      result.panel(ofEachBlock: index).setProduct(
        a, bPaneled.panel(ofEachBlock: index), startingFrom: .itself)
      before.setProduct(a, b, startingFrom: .itself)
    }
    let columns = index == 0 ? 0..<64 : 64..<80
    for block in 0..<3 {
      #expect(
        result.block(block).columns(columns).values
          == before.block(block, width: 80).columns(columns).values)
    }
  }

  /// By rows and by panels; the workers need not meet between the products.
  @Test(arguments: [(70, 48), (7, 256)], 1...3)
  func severalProductsAreSummedInTheirOrder(_ shape: (rows: Int, columns: Int), _ threads: Int) {
    let pairs = (0..<3).map { index in
      (
        a: randomMatrix(rows: shape.rows, columns: 30, seed: UInt64(index)),
        b: randomMatrix(rows: 30, columns: shape.columns, seed: UInt64(10 + index))
      )
    }
    let (expected, result) = (
      randomMatrix(rows: shape.rows, columns: shape.columns, seed: 20),
      randomMatrix(rows: shape.rows, columns: shape.columns, seed: 20)
    )
    for (a, b) in pairs { expected.setProduct(a, b, startingFrom: .itself) }
    WorkerPool(count: threads).run { worker in
      result.setSum(ofProducts: pairs, startingFrom: .itself, dividedBy: worker)
    }
    #expect(result.values == expected.values)
  }
}
