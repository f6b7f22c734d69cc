import Testing

@testable import RecurrentLM

@Suite struct MatrixTests {
  @Test func widthsArePaddedAndRowsAnOddNumberOfCacheLinesApart() {
    #expect([0, 1, 16, 17, 256].map(Matrix.padded) == [0, 16, 16, 32, 256])
    #expect([1, 16, 17, 33, 256].map { Matrix.stride(columns: $0) } == [16, 16, 48, 48, 272])
  }

  @Test func viewsAreOfTheSameElements() {
    let sample = randomMatrix(rows: 5, columns: 32, seed: 1)
    let values = sample.values
    #expect(sample.transposed[17, 3] == values[3][17])
    #expect(sample.transposed.rows(16..<32).columns(1..<3)[1, 1] == values[2][17])
    #expect(
      sample.rows(2..<4).columns(16..<32).values == values[2...3].map { Array($0[16...]) })
    #expect(sample.block(1, width: 16).values == values.map { Array($0[16...]) })
    #expect(sample.rows(block: 1, of: 2).values == Array(values[2...3]))
  }

  @Test func whatIsCopiedMayBeATransposedView() {
    let target = randomMatrix(rows: 21, columns: 35, seed: 1)
    for source in [
      randomMatrix(rows: 21, columns: 35, seed: 2),
      randomMatrix(rows: 35, columns: 21, seed: 3).transposed,
    ] {
      target.copy(from: source)
      #expect(target.values == source.values)
    }
  }

  @Test func rowsAreGatheredAndTheirGradientsScattered() {
    let table = randomMatrix(rows: 7, columns: 48, seed: 1)
    let bias = randomMatrix(rows: 1, columns: 48, seed: 2)
    let gathered = randomMatrix(rows: 12, columns: 48, seed: 3)
    let gradient = randomMatrix(rows: 7, columns: 48, seed: 4)
    let biasGradient = randomMatrix(rows: 1, columns: 48, seed: 5)
    let text = randomText(12)
    let ids = TokenBuffer(count: 12)
    ids.store(text)
    gathered.gather(table, rows: ids[0..<12], bias: bias)
    gradient.setScatter(
      gathered, rows: ids[0..<12], RowGroups(count: 1, rows: 12), dBias: biasGradient)
    let (rows, offsets) = (table.values, bias.values[0])
    let expected = text.map { id in zip(rows[Int(id)], offsets).map(+) }
    #expect(gathered.values == expected)
    let sums = (0..<7).map { id in
      (0..<48).map { column in
        zip(text, expected).reduce(Float(0)) { $1.0 == Int32(id) ? $0 + $1.1[column] : $0 }
      }
    }
    #expect(gradient.values == sums)
    #expect(
      biasGradient.values == [(0..<48).map { column in expected.reduce(0) { $0 + $1[column] } }])
  }
}
