import KernelOperands
import Testing

@Suite struct DropoutTests {
  private func dropped(
    _ build: InstructionSet, _ x: Grid, seed: UInt64 = 1, firstRow: Int = 0,
    probability: Double = 0.3, scale: Float = 1
  ) -> Grid {
    var (x, y) = (x, Grid(x.rows, x.columns, padding: 16) { 7 })
    let (xRow, yRow) = (x.stride, y.stride)
    x.floats.withUnsafeMutableBufferPointer { x in
      y.floats.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        build.kernels.dropOut(
          DropoutOperands(
            rows: self.rows, columns: columns, x: x, xRow: xRow, y: y, yRow: yRow, seed: seed,
            firstRow: firstRow, threshold: Int32(probability * 0x1p31), scale: scale))
      }
    }
    return y
  }

  private let rows = 50
  private let columns = 208

  private var ones: Grid { Grid(rows, columns) { 1 } }

  private func zeros(_ grid: Grid) -> [Bool] {
    (0..<rows).flatMap { row in (0..<columns).map { grid[row, $0] == 0 } }
  }

  @Test(arguments: builds)
  func theRestIsScaledAndNothingElseIsWritten(_ build: InstructionSet) {
    var draws = Draws(seed: 1)
    let x = draws.integers(rows, columns)
    let y = dropped(build, x, scale: 2)
    let mask = dropped(build, ones)
    for row in 0..<rows {
      for column in 0..<columns {
        #expect(y[row, column] == 2 * x[row, column] * mask[row, column])
      }
    }
    let untouched = Grid(rows, columns, padding: 16)
    for row in 0...rows {
      let padding = row * y.stride + (row < rows ? columns : 0)..<(row + 1) * y.stride
      #expect(y.floats[padding].map(\.bitPattern) == untouched.floats[padding].map(\.bitPattern))
    }
  }

  @Test(arguments: builds)
  func everyBuildDrawsTheSameMask(_ build: InstructionSet) {
    #expect(
      dropped(build, ones).floats.map(\.bitPattern)
        == dropped(.baseline, ones).floats.map(\.bitPattern))
  }

  /// Within five standard deviations of a binomial count.
  @Test(arguments: [0.05, 0.3, 0.5, 0.9])
  func asManyAreDroppedAsAskedFor(_ probability: Double) {
    for seed in 1...8 {
      let count = zeros(dropped(builds[0], ones, seed: UInt64(seed), probability: probability))
        .count { $0 }
      let expected = Double(rows * columns) * probability
      #expect(abs(Double(count) - expected) < 5 * (expected * (1 - probability)).squareRoot())
    }
  }

  /// Two masks agree in a zero as often as independent ones: those of seeds, of rows and of columns that
  /// are neighbours.
  @Test func masksOfNeighboursAreIndependent() {
    let mask = zeros(dropped(builds[0], ones, seed: 5))
    let others = [
      zeros(dropped(builds[0], ones, seed: 6)),
      zeros(dropped(builds[0], ones, seed: 5, firstRow: 1)),
      Array(mask.dropFirst()) + [mask[0]],
    ]
    let deviation = (0.09 * 0.91 * Double(mask.count)).squareRoot()
    for other in others {
      let both = zip(mask, other).count { $0 && $1 }
      #expect(abs(Double(both) - 0.09 * Double(mask.count)) < 5 * deviation)
    }
  }

  @Test func aPartHasTheMaskOfItsRows() {
    let whole = dropped(builds[0], ones)
    let part = dropped(builds[0], ones, firstRow: 20)
    for row in 0..<rows - 20 {
      #expect((0..<columns).allSatisfy { part[row, $0] == whole[row + 20, $0] })
    }
  }

  @Test func withoutProbabilityAllStay() {
    #expect(!zeros(dropped(builds[0], ones, probability: 0)).contains(true))
  }
}
