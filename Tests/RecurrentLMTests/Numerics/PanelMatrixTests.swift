import Testing

@testable import RecurrentLM

@Suite struct PanelMatrixTests {
  @Test(arguments: [false, true], 1...3)
  func blocksHoldTheColumnsOfTheMatrix(_ isTransposed: Bool, _ threads: Int) {
    // Three blocks of 80 columns, each of a whole panel and a part of one.
    let paneled = panelMatrix(rows: 21, columns: 80, blocks: 3)
    let sample =
      isTransposed
      ? randomMatrix(rows: 240, columns: 21, seed: 1)
      : randomMatrix(rows: 21, columns: 240, seed: 1)
    let source = isTransposed ? sample.transposed : sample
    let values = source.values
    WorkerPool(count: threads).run { worker in paneled.copy(from: source, dividedBy: worker) }
    #expect(paneled.values == values)
    #expect((0..<21).map(paneled.values(ofRow:)) == values)
    #expect(paneled.blocks(1..<3).values == values.map { Array($0[80...]) })
    #expect(paneled.rows(4..<9).block(1).values == values[4..<9].map { Array($0[80..<160]) })
    #expect(paneled.block(2).columns(64..<80).values == values.map { Array($0[224...]) })
    #expect(
      paneled.blocks(1..<3).panel(ofEachBlock: 1).rows(4..<9).values
        == values[4..<9].map { Array($0[144..<160] + $0[224..<240]) })
  }

  @Test(arguments: 1...3)
  func theTransposeHasRowsAndColumnsExchanged(_ threads: Int) {
    let matrix = panelMatrix(rows: 160, columns: 80, blocks: 3)
    let transpose = panelMatrix(rows: 240, columns: 80, blocks: 2)
    let source = randomMatrix(rows: 160, columns: 240, seed: 1)
    WorkerPool(count: threads).run { worker in
      matrix.copy(from: source, dividedBy: worker)
      worker.synchronize()
      transpose.setTransposedFactor(of: matrix, dividedBy: worker)
    }
    #expect(transpose.values == source.transposed.values)
  }

  @Test(arguments: 1...3)
  func everyPanelIsVisitedOnceWithItsColumns(_ threads: Int) {
    let paneled = panelMatrix(rows: 5, columns: 80, blocks: 3)
    let widths = (0..<paneled.panels).map { paneled.columns(ofPanel: $0) }
    #expect(widths == [0..<64, 64..<80, 80..<144, 144..<160, 160..<224, 224..<240])
    WorkerPool(count: threads).run { worker in
      paneled.forEachPanel(dividedBy: worker) { index in
        for row in 0..<5 {
          for (place, column) in paneled.columns(ofPanel: index).enumerated() {
            paneled.panel(index)[row, place] += Float(1000 * row + column)
          }
        }
      }
    }
    #expect(paneled.values == (0..<5).map { row in (0..<240).map { Float(1000 * row + $0) } })
  }
}
