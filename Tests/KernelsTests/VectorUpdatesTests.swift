import KernelOperands
import Testing

/// Rows and columns of a matrix, and how much further than its width its rows lie apart.
private let sizes = [
  (1, 16, 0), (2, 32, 3), (5, 48, 16), (7, 80, 1), (31, 64, 5), (97, 208, 0),
]

private let counts = [16, 32, 80, 208, 4096]

/// Calls `body` with the operands of a lookup.
private func withLookup(
  in table: inout Grid, _ tokens: [Int32], bias: inout Grid, y: inout Grid, isBiased: Bool,
  _ body: (RowLookup) -> Void
) {
  let (rows, columns, tableRow, yRow) = (y.rows, y.columns, table.stride, y.stride)
  tokens.withUnsafeBufferPointer { tokens in
    withMemory(of: &table, &bias, &y) { table, bias, y in
      guard let tokens = tokens.baseAddress else { return }
      body(
        RowLookup(
          rows: rows, columns: columns, tokens: tokens, table: table, tableRow: tableRow,
          bias: isBiased ? bias : nil, y: y, yRow: yRow))
    }
  }
}

@Suite struct VectorUpdatesTests {
  @Test(arguments: builds, counts)
  func sumOfSquaresIsExactForWholeNumbers(_ build: InstructionSet, _ count: Int) {
    var draws = Draws(seed: count)
    let x = draws.integers(1, count)
    let sum = (0..<count).reduce(0) { $0 + x[0, $1] * x[0, $1] }
    #expect(build.kernels.sumOfSquares(count: count, x: x.floats) == sum)
  }

  /// A lane is rounded once or twice for each of its squares.
  @Test(arguments: builds, counts)
  func sumOfSquaresOfFractionsIsRoundedInLanes(_ build: InstructionSet, _ count: Int) {
    var draws = Draws(seed: count)
    let x = draws.fractions(1, count)
    let sum = (0..<count).reduce(0) { $0 + x[0, $1] * x[0, $1] }
    let error = abs(build.kernels.sumOfSquares(count: count, x: x.floats) - sum)
    #expect(error < Double(count / 16 + 1) * roundoff * sum)
  }

  @Test(arguments: builds, counts)
  func addAddsElements(_ build: InstructionSet, _ count: Int) {
    var draws = Draws(seed: count)
    let (x, y) = (draws.integers(1, count), draws.integers(1, count))
    var z = Grid(1, count)
    var expected = z
    for i in 0..<count { expected[0, i] = x[0, i] + y[0, i] }
    build.kernels.add(count: count, x: x.floats, y: y.floats, z: &z.floats)
    #expect(z.error(from: expected) == 0)
  }

  @Test(arguments: builds, sizes)
  func gatherRowsCopiesRowsOfTheTable(
    _ build: InstructionSet, _ size: (rows: Int, columns: Int, padding: Int)
  ) {
    var draws = Draws(seed: size.rows)
    var table = draws.integers(11, size.columns, padding: 5)
    var bias = draws.integers(1, size.columns)
    let ids = (0..<size.rows).map { _ in draws.index(below: table.rows) }
    for isBiased in [false, true] {
      var y = Grid(size.rows, size.columns, padding: size.padding) { .nan }
      var expected = y
      for row in 0..<size.rows {
        for column in 0..<size.columns {
          expected[row, column] =
            table[Int(ids[row]), column] + (isBiased ? bias[0, column] : 0)
        }
      }
      withLookup(in: &table, ids, bias: &bias, y: &y, isBiased: isBiased) {
        build.kernels.gatherRows($0)
      }
      #expect(y.error(from: expected) == 0, "bias: \(isBiased)")
    }
  }

  @Test(arguments: builds, sizes)
  func scatterRowsAddsToRowsOfTheTable(
    _ build: InstructionSet, _ size: (rows: Int, columns: Int, padding: Int)
  ) {
    var draws = Draws(seed: size.rows)
    var dY = draws.integers(size.rows, size.columns, padding: size.padding)
    let ids = (0..<size.rows).map { _ in draws.index(below: 11) }
    for isBiased in [false, true] {
      var table = draws.integers(11, size.columns, padding: 5)
      var bias = draws.integers(1, size.columns)
      var (expectedTable, expectedBias) = (table, bias)
      for row in 0..<size.rows {
        for column in 0..<size.columns {
          expectedTable[Int(ids[row]), column] += dY[row, column]
          if isBiased { expectedBias[0, column] += dY[row, column] }
        }
      }
      withLookup(in: &table, ids, bias: &bias, y: &dY, isBiased: isBiased) {
        build.kernels.scatterRows($0)
      }
      #expect(table.error(from: expectedTable) == 0, "bias: \(isBiased)")
      #expect(bias.error(from: expectedBias) == 0, "bias: \(isBiased)")
    }
  }

  /// Powers of two as rate and scale keep the sums exact.
  @Test(arguments: builds, counts)
  func sgdUpdateGoesDownTheScaledGradient(_ build: InstructionSet, _ count: Int) {
    var draws = Draws(seed: count)
    let g = draws.integers(1, count)
    var p = draws.integers(1, count)
    var expected = p
    for i in 0..<count { expected[0, i] = 0.75 * p[0, i] - 0.5 * 0.25 * g[0, i] }
    build.kernels.sgdUpdate(
      count: count, p: &p.floats, g: g.floats, rate: 0.5, scale: 0.25, decay: 0.75)
    #expect(p.error(from: expected) == 0)
  }

  /// Rate and ε are so large that an error in either shows. Each of p, m and v is a handful of
  /// roundings away from the equations.
  @Test(arguments: builds, counts)
  func adamUpdateFollowsTheEquations(_ build: InstructionSet, _ count: Int) {
    let (scale, rate, correction, epsilon): (Float, Float, Float, Float) = (0.7, 0.6, 1.5, 0.3)
    let decay: Float = 0.8
    let (beta1, beta2): (Float, Float) = (0.9, 0.999)
    var draws = Draws(seed: count)
    let g = draws.fractions(1, count)
    var (p, m) = (draws.fractions(1, count), draws.fractions(1, count))
    var v = Grid(1, count) { draws.fraction().magnitude }
    var expected = (p: p, m: m, v: v)
    for i in 0..<count {
      let gradient = g[0, i] * Double(scale)
      let mean = Double(beta1) * m[0, i] + (1 - Double(beta1)) * gradient
      let square = Double(beta2) * v[0, i] + (1 - Double(beta2)) * gradient * gradient
      let root = square.squareRoot() * Double(correction) + Double(epsilon)
      expected.m[0, i] = mean
      expected.v[0, i] = square
      expected.p[0, i] = Double(decay) * p[0, i] - Double(rate) * mean / root
    }
    build.kernels.adamUpdate(
      count: count, p: &p.floats, g: g.floats, m: &m.floats, v: &v.floats,
      AdamFactors(
        scale: scale, rate: rate, rootCorrection: correction, beta1: beta1, beta2: beta2,
        epsilon: epsilon, decay: decay))
    #expect(m.error(from: expected.m) < 4 * roundoff)
    #expect(v.error(from: expected.v) < 4 * roundoff)
    #expect(p.error(from: expected.p) < 8 * roundoff)
  }
}
