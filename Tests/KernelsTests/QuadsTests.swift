import KernelOperands
import Testing

extension Float {
  /// The four int8 of a quad.
  fileprivate var quad: [Int] {
    (0..<4).map { Int(Int8(truncatingIfNeeded: bitPattern >> (8 * UInt32($0)))) }
  }
}

extension Grid {
  fileprivate func quads(_ row: Int) -> [[Int]] {
    floats[row * stride..<row * stride + columns].map(\.quad)
  }

  /// Quads of columns by a kernel.
  fileprivate func quadded(scale: Float, on build: InstructionSet) -> Grid {
    var quads = Grid(rows, columns / 4, padding: 3)
    let row = quads.stride
    build.kernels.roundToQuads(
      rows: rows, columns: columns, x: floats, xRow: stride, y: &quads.floats, yRow: row,
      scale: scale)
    return quads
  }

  /// Quads of rows by a kernel, up to 64 columns at a time, and their scales.
  fileprivate func rowQuadded(unit: Float, on build: InstructionSet) -> (quads: Grid, scales: Grid)
  {
    var (quads, scales, source) = (Grid(rows / 4, columns, padding: 5), Grid(1, columns), self)
    let row = quads.stride
    withMemory(of: &quads, &scales, &source) { quads, scales, source in
      for first in Swift.stride(from: 0, to: columns, by: 64) {
        build.kernels.roundToRowQuads(
          rows: rows, columns: min(64, columns - first), x: source + first, xRow: stride,
          y: quads + first, yRow: row, scales: scales + first, unit: unit)
      }
    }
    return (quads, scales)
  }
}

@Suite struct QuadsTests {
  @Test(arguments: builds)
  func floatsAreRoundedToTheNearestInteger(_ build: InstructionSet) {
    var draws = Draws(seed: 3)
    var grid = Grid(5, 48, padding: 7) { draws.fraction() * 1.02 }
    let special: [Float] = [0, 1, -1, 2, -2, 0.5 / 127, 1.5 / 127, -2.5 / 127]
    for (place, value) in special.enumerated() {
      grid.floats[place] = value
    }
    let found = grid.quadded(scale: 127, on: build)
    for row in 0..<5 {
      let expected = (0..<48).map { column -> Int in
        let scaled = (grid.floats[row * grid.stride + column] * 127).rounded(.toNearestOrEven)
        return Int(Swift.min(127, Swift.max(-127, scaled)))
      }
      #expect(found.quads(row).flatMap(\.self) == expected)
    }
  }

  @Test(arguments: builds)
  func quadsMayTakeThePlaceOfFloats(_ build: InstructionSet) {
    var draws = Draws(seed: 4)
    let grid = Grid(5, 64) { draws.fraction() }
    let expected = grid.quadded(scale: 127, on: build)
    var memory = grid
    memory.floats.withUnsafeMutableBufferPointer { floats in
      guard let base = floats.baseAddress else { return }
      build.kernels.roundToQuads(
        rows: 5, columns: 64, x: base, xRow: 64, y: base, yRow: 64, scale: 127)
    }
    for row in 0..<5 {
      #expect(memory.floats[row * 64..<row * 64 + 16].map(\.quad) == expected.quads(row))
    }
  }

  @Test(arguments: builds, [16, 48, 80])
  func eachColumnHasTheScaleOfItsLargestElement(_ build: InstructionSet, _ columns: Int) {
    var draws = Draws(seed: 5)
    var grid = Grid(16, columns, padding: 3) { draws.fraction() * 3 }
    for row in 0..<16 { grid[row, 5] = 0 }
    let (quads, scales) = grid.rowQuadded(unit: 2, on: build)
    let integers = (0..<4).map(quads.quads)
    for column in 0..<columns {
      let values = (0..<16).map { grid[$0, column] }
      let largest = values.map { abs($0) }.max() ?? 0
      let scale = scales[0, column]
      #expect(abs(scale - largest * 2 / 127) <= 1e-6 * largest)
      for row in 0..<16 {
        let integer = integers[row / 4][column][row % 4]
        let expected = largest == 0 ? 0 : values[row] / largest * 127
        #expect(abs(Double(integer) - expected) < 0.5001)
      }
    }
  }

  private static let sizes = [
    (1, 16, 16), (6, 64, 32), (13, 80, 48), (18, 112, 144), (31, 208, 16),
  ]

  /// Sums of integers are exact, so that every build gives the same bits, with as many roundings as a
  /// multiplication and an addition have.
  @Test(arguments: builds, sizes)
  func productsAreSummedAsIntegersAndScaledAtTheEnd(
    _ build: InstructionSet, _ size: (Int, Int, Int)
  ) {
    var draws = Draws(seed: 6)
    let (a, b) = (draws.fractions(size.0, size.2), draws.fractions(size.2, size.1, padding: 7))
    var c = draws.fractions(size.0, size.1, padding: 5)
    let start = c
    var left = a.quadded(scale: 127, on: build)
    var (right, scales) = b.rowQuadded(unit: 1 / 127, on: build)
    let (leftRow, rightRow, cRow) = (left.stride, right.stride, c.stride)
    let (lefts, rights) = ((0..<size.0).map(left.quads), (0..<size.2 / 4).map(right.quads))
    let integers = (0..<size.0).map { row in
      (0..<size.1).map { column in
        (0..<size.2 / 4).reduce(0) { sum, k in
          let (x, y) = (lefts[row][k], rights[k][column])
          return sum + x[0] * y[0] + x[1] * y[1] + x[2] * y[2] + x[3] * y[3]
        }
      }
    }
    withMemory(of: &left, &right, &c) { left, right, c in
      scales.floats.withUnsafeMutableBufferPointer { scales in
        guard let scales = scales.baseAddress else { return }
        // The scales move on from panel to panel as B does.
        build.kernels.multiplyQuads(
          ProductOperands(
            rows: size.0, columns: size.1, depth: size.2 / 4, panelColumns: 64,
            a: ProductMatrix(base: left, rowStride: leftRow, panelStride: 64),
            aPanelColumns: size.2 / 4, aBlockColumns: size.2 / 4,
            b: ProductMatrix(base: right, rowStride: rightRow, panelStride: 64),
            start: ProductMatrix(base: UnsafePointer(c), rowStride: cRow, panelStride: 64),
            c: ProductMatrix(base: c, rowStride: cRow, panelStride: 64), columnSums: nil,
            scales: scales))
      }
    }
    var expected = start
    for row in 0..<size.0 {
      for column in 0..<size.1 {
        expected[row, column] =
          start[row, column] + Double(integers[row][column]) * scales[0, column]
      }
    }
    #expect(c.error(from: expected) < 2 * roundoff)
  }

  /// The largest sums that there can be.
  @Test(arguments: builds)
  func noSumIsTooLarge(_ build: InstructionSet) {
    let (a, b) = (Grid(2, 4096) { -1 }, Grid(4096, 16) { -1 })
    var (c, left) = (Grid(2, 16), a.quadded(scale: 127, on: build))
    var (right, scales) = b.rowQuadded(unit: 1 / 127, on: build)
    let (leftRow, rightRow) = (left.stride, right.stride)
    withMemory(of: &left, &right, &c) { left, right, c in
      scales.floats.withUnsafeMutableBufferPointer { scales in
        guard let scales = scales.baseAddress else { return }
        build.kernels.multiplyQuads(
          ProductOperands(
            rows: 2, columns: 16, depth: 1024, panelColumns: 64,
            a: ProductMatrix(base: left, rowStride: leftRow, panelStride: 64),
            aPanelColumns: 1024, aBlockColumns: 1024,
            b: ProductMatrix(base: right, rowStride: rightRow, panelStride: 64), start: nil,
            c: ProductMatrix(base: c, rowStride: 16, panelStride: 64), columnSums: nil,
            scales: scales))
      }
    }
    #expect(c.floats[0..<32].allSatisfy { abs($0 - 4096) < 0.01 })
  }
}
