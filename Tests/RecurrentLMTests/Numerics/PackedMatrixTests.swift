import Testing

@testable import RecurrentLM

extension PackedMatrix {
  /// The elements of a matrix of one block, found by the strip in which they lie.
  fileprivate var values: [[Float]] {
    (0..<rows).map { row in
      (0..<columns).map { base[$0 / 64 * stripStride + row * rowStride + $0 % 64] }
    }
  }
}

@Suite struct PackedMatrixTests {
  @Test(arguments: [false, true], 1...3)
  func blocksHoldTheColumnsOfTheMatrix(_ isTransposed: Bool, _ threads: Int) {
    // Three blocks of 80 columns, each of a whole strip and a part of one.
    let packed = packedMatrix(rows: 21, columns: 80, blocks: 3)
    let sample =
      isTransposed
      ? randomMatrix(rows: 240, columns: 21, seed: 1)
      : randomMatrix(rows: 21, columns: 240, seed: 1)
    let source = isTransposed ? sample.transposed : sample
    let values = source.values
    WorkerPool(count: threads).run { worker in packed.pack(source, sharedWith: worker) }
    for index in 0..<3 {
      let expected = values.map { Array($0[index * 80..<(index + 1) * 80]) }
      #expect(packed.block(index).values == expected)
      #expect(packed.rows(4..<9).block(index).values == Array(expected[4..<9]))
      #expect(packed.block(index).columns(64..<80).values == expected.map { Array($0[64...]) })
    }
  }
}
