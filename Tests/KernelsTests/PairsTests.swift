import CSIMD
import KernelOperands
import Testing

/// The bfloat16 nearest to x, ties to the even one: by a search among all of one sign.
private func nearestBFloat16(_ x: Float) -> Float {
  guard x.isFinite, x != 0 else { return x }
  let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
  let above = Float(bitPattern: (x.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
  // Halfway beyond the largest, rounding gives an infinity.
  let next =
    above.isFinite ? Double(above) : Double(below) + Double(below) - Double(below) * 127 / 128
  let (toBelow, toAbove) = (abs(Double(x) - Double(below)), abs(next - Double(x)))
  if toBelow == toAbove { return below.bitPattern & 0x1_0000 == 0 ? below : above }
  return toBelow < toAbove ? below : above
}

extension Float {
  /// The two bfloat16 of a pair.
  fileprivate var first: Float { Float(bitPattern: bitPattern << 16) }
  fileprivate var second: Float { Float(bitPattern: bitPattern & 0xFFFF_0000) }
}

extension Grid {
  /// The matrix whose pairs of columns these are.
  fileprivate var unpairedColumns: [[Float]] {
    (0..<rows).map { row in
      (0..<columns).flatMap { column -> [Float] in
        let pair = floats[row * stride + column]
        return [pair.first, pair.second]
      }
    }
  }

  /// The matrix whose pairs of rows these are.
  fileprivate var unpairedRows: [[Float]] {
    (0..<rows).flatMap { row -> [[Float]] in
      let pairs = floats[row * stride..<row * stride + columns]
      return [pairs.map(\.first), pairs.map(\.second)]
    }
  }

  fileprivate var values: [[Float]] {
    (0..<rows).map { Array(floats[$0 * stride..<$0 * stride + columns]) }
  }

  /// Pairs of columns by a kernel.
  fileprivate func paired(on build: InstructionSet) -> Grid {
    var pairs = Grid(rows, columns / 2, padding: 16 - columns / 2 % 16)
    build.kernels.roundToPairs(
      rows: rows, columns: columns, x: floats, xRow: stride, y: &pairs.floats, yRow: pairs.stride)
    return pairs
  }

  /// Pairs of rows by a kernel.
  fileprivate func rowPaired(on build: InstructionSet) -> Grid {
    var pairs = Grid(rows / 2, columns, padding: padding)
    let pairsRow = pairs.stride
    for first in Swift.stride(from: 0, to: columns, by: 64) {
      pairs.floats.withUnsafeMutableBufferPointer { pairFloats in
        floats.withUnsafeBufferPointer { floats in
          guard let x = floats.baseAddress, let y = pairFloats.baseAddress else { return }
          build.kernels.roundToRowPairs(
            rows: rows, columns: min(64, columns - first), x: x + first, xRow: stride,
            y: y + first, yRow: pairsRow)
        }
      }
    }
    return pairs
  }
}

/// Rows of each group are paired; the last of an odd group with zeros.
private func rowsWithZeros(_ rows: [[Float]], groups: Int) -> [[Float]] {
  let height = rows.count / groups
  guard height % 2 == 1, let width = rows.first?.count else { return rows }
  let zeros = [Float](repeating: 0, count: width)
  return (0..<groups).flatMap { rows[$0 * height..<($0 + 1) * height] + [zeros] }
}

@Suite struct PairsTests {
  private static let groups = [(1, 1), (1, 7), (3, 2), (2, 5), (5, 16), (1, 40), (2, 33)]

  @Test(arguments: builds)
  func floatsAreRoundedToNearestEven(_ build: InstructionSet) {
    var draws = Draws(seed: 3)
    var grid = Grid(40, 32, padding: 5) { draws.fraction() * 1e3 }
    let special: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, 0x1.01p0, 0x1.03p0, -0x1.03p0, 0x1.0100_02p0,
      .greatestFiniteMagnitude, 0x1.FEp127, 0x1p-126, 0x1.01p-126, -0x1.03p-120, 3.14159,
    ]
    for (place, value) in special.enumerated() { grid.floats[place] = value }
    let expected = grid.values.map { $0.map { nearestBFloat16($0).bitPattern } }
    let found = grid.paired(on: build).unpairedColumns.map { $0.map(\.bitPattern) }
    #expect(found == expected)
    #expect(
      grid.rowPaired(on: build).unpairedRows.map { $0.map(\.bitPattern) } == expected)
  }

  @Test(arguments: builds)
  func whatIsNotANumberStaysSo(_ build: InstructionSet) {
    let patterns: [UInt32] = [0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF, 0xFF80_8000]
    var next = 0
    let grid = Grid(1, 16) {
      next += 1
      return Float(bitPattern: patterns[next % 4])
    }
    let stayed = grid.paired(on: build).unpairedColumns[0].filter { $0.isNaN }
    #expect(stayed.count == 16)
  }

  @Test(arguments: builds, groups)
  func rowsArePairedWithinTheirGroups(_ build: InstructionSet, _ groups: (count: Int, rows: Int)) {
    var draws = Draws(seed: 4)
    for columns in [16, 48, 64] {
      let source = Grid(groups.count * groups.rows, columns, padding: 64) { draws.integer() }
      let pairs = source.paired(on: build)
      let expected = rowsWithZeros(source.values, groups: groups.count)
      var found = Grid(expected.count / 2, columns, padding: 3)
      build.kernels.pairRows(
        groups: groups.count, rows: groups.rows, columns: columns / 2, x: pairs.floats,
        xRow: pairs.stride, y: &found.floats, yRow: found.stride)
      #expect(found.unpairedRows == expected)
    }
  }

  /// As the gradients of gates lie: floats, then pairs of columns, then pairs of rows.
  @Test(arguments: builds, groups)
  func pairsMayTakeThePlaceOfFloats(_ build: InstructionSet, _ groups: (count: Int, rows: Int)) {
    var draws = Draws(seed: 5)
    for columns in [16, 32, 48, 64] {
      let rows = groups.count * groups.rows
      let source = Grid(rows, columns, padding: columns == 48 ? 16 : 0) { draws.integer() }
      let expected = rowsWithZeros(source.values, groups: groups.count)
      var memory = source
      memory.floats.withUnsafeMutableBufferPointer { floats in
        guard let base = floats.baseAddress else { return }
        build.kernels.roundToPairs(
          rows: rows, columns: columns, x: base, xRow: source.stride, y: base, yRow: source.stride)
        build.kernels.pairRows(
          groups: groups.count, rows: groups.rows, columns: columns / 2, x: base,
          xRow: source.stride, y: base, yRow: source.stride)
      }
      var found = Grid(expected.count / 2, columns, padding: source.padding)
      found.floats.replaceSubrange(
        0..<found.rows * found.stride, with: memory.floats[0..<found.rows * found.stride])
      #expect(found.unpairedRows == expected, "\(columns) columns")
    }
  }

  @Test(arguments: builds, groups)
  func theTransposeOfPairsHasPairsOfRows(_ build: InstructionSet, _ groups: (count: Int, rows: Int))
  {
    var draws = Draws(seed: 6)
    for columns in [16, 32, 48, 80, 144] {
      let source = Grid(groups.count * groups.rows, columns) { draws.integer() }
      let pairs = source.paired(on: build)
      let rows = rowsWithZeros(source.values, groups: groups.count)
      var found = Grid(columns, rows.count / 2, padding: 7)
      let untouched = found
      build.kernels.transposePairs(
        groups: groups.count, rows: groups.rows, columns: columns / 2, source: pairs.floats,
        sourceRow: pairs.stride, destination: &found.floats, destinationRow: found.stride)
      let expected = (0..<columns).map { column in rows.map { $0[column] } }
      #expect(found.unpairedColumns == expected, "\(columns) columns")
      let padding = (0..<columns).flatMap { row in
        (rows.count / 2..<found.stride).map { row * found.stride + $0 }
      }
      #expect(
        padding.allSatisfy { found.floats[$0].bitPattern == untouched.floats[$0].bitPattern })
    }
  }

  @Test(arguments: builds, [(1, 16), (2, 32), (16, 64), (17, 48), (40, 64), (33, 16)])
  func theTransposeOfFloatsIsRoundedToPairsOfItsRows(
    _ build: InstructionSet, _ size: (rows: Int, columns: Int)
  ) {
    var draws = Draws(seed: 7)
    let source = draws.fractions(size.rows, size.columns, padding: 3)
    var found = Grid(size.columns / 2, size.rows, padding: 5)
    build.kernels.transposeToRowPairs(
      rows: size.rows, columns: size.columns, source: source.floats, sourceRow: source.stride,
      destination: &found.floats, destinationRow: found.stride)
    let rounded = source.values.map { $0.map(nearestBFloat16) }
    #expect(found.unpairedRows == (0..<size.columns).map { column in rounded.map { $0[column] } })
  }

  @Test(arguments: builds, groups)
  func pairsOfRowsAreScatteredLikeRows(_ build: InstructionSet, _ groups: (count: Int, rows: Int)) {
    var draws = Draws(seed: 8)
    let count = groups.count * groups.rows
    let gradients = Grid(count, 48) { draws.integer() }
    let tokens = (0..<count).map { _ in draws.index(below: 5) }
    var pairs = Grid(groups.count * ((groups.rows + 1) / 2), 48)
    let paired = gradients.paired(on: build)
    build.kernels.pairRows(
      groups: groups.count, rows: groups.rows, columns: 24, x: paired.floats, xRow: paired.stride,
      y: &pairs.floats, yRow: pairs.stride)
    func scatter(_ y: Grid, _ kernel: (RowLookup) -> Void) -> (Grid, Grid) {
      var (table, bias, y) = (Grid(5, 48, padding: 16), Grid(1, 48), y)
      withMemory(of: &table, &bias, &y) { table, bias, y in
        tokens.withUnsafeBufferPointer { tokens in
          guard let tokens = tokens.baseAddress else { return }
          kernel(
            RowLookup(
              rows: count, columns: 48, tokens: tokens, table: table, tableRow: 64, bias: bias,
              y: y,
              yRow: 48))
        }
      }
      return (table, bias)
    }
    let expected = scatter(gradients) { build.kernels.scatterRows($0) }
    let found = scatter(pairs) {
      build.kernels.scatterRowPairs(groups: groups.count, rows: groups.rows, $0)
    }
    #expect(found.0.hasSameBits(as: expected.0))
    #expect(found.1.hasSameBits(as: expected.1))
  }

  // MARK: Products

  /// C + A B and the sums of B's rows, with pairs.
  ///
  /// - Parameter order: that of the sums.
  private func product(
    _ a: Grid, _ b: Grid, from c: Grid, _ order: PairOrder, on build: InstructionSet
  ) -> (c: Grid, sums: Grid) {
    let (pairsOfA, pairsOfB) = (a.paired(on: build), b.rowPaired(on: build))
    var (result, sums, other) = (c, Grid(1, b.columns), Grid(1, 1))
    let mode = csimd_float_mode()
    csimd_flush_subnormals()
    withMemory(of: &result, &sums, &other) { result, sums, _ in
      pairsOfA.floats.withUnsafeBufferPointer { a in
        pairsOfB.floats.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          let multiply =
            order == .inTurn ? build.kernels.multiplyPairs : build.kernels.multiplyPairBlocks
          multiply(
            ProductOperands(
              rows: c.rows, columns: c.columns, depth: pairsOfB.rows, panelColumns: 64,
              a: ProductMatrix(base: a, rowStride: pairsOfA.stride, panelStride: 64),
              aPanelColumns: pairsOfA.columns, aBlockColumns: pairsOfA.columns,
              b: ProductMatrix(base: b, rowStride: pairsOfB.stride, panelStride: 64),
              start: ProductMatrix(
                base: UnsafePointer(result), rowStride: c.stride, panelStride: 64),
              c: ProductMatrix(base: result, rowStride: c.stride, panelStride: 64),
              columnSums: sums))
        }
      }
    }
    csimd_set_float_mode(mode)
    return (result, sums)
  }

  private static let sizes = [
    (1, 16, 16), (6, 64, 32), (13, 80, 48), (18, 112, 144), (31, 208, 16),
  ]

  /// Each product of two bfloat16 is a Float exactly, so only sums are rounded: after each product, the
  /// second of a pair first.
  @Test(arguments: builds, sizes)
  func theSecondOfAPairIsAddedBeforeTheFirst(_ build: InstructionSet, _ size: (Int, Int, Int)) {
    var draws = Draws(seed: 9)
    let (a, b) = (draws.fractions(size.0, size.2), draws.fractions(size.2, size.1, padding: 7))
    let c = draws.fractions(size.0, size.1, padding: 5)
    let rounded = (
      a: a.values.map { $0.map(nearestBFloat16) }, b: b.values.map { $0.map(nearestBFloat16) }
    )
    var expected = c
    var sums = Grid(1, size.1)
    for column in 0..<size.1 {
      for row in 0..<size.0 {
        var sum = c.floats[row * c.stride + column]
        for k in stride(from: 0, to: size.2, by: 2) {
          sum += rounded.a[row][k + 1] * rounded.b[k + 1][column]
          sum += rounded.a[row][k] * rounded.b[k][column]
        }
        expected.floats[row * c.stride + column] = sum
      }
      for k in stride(from: 0, to: size.2, by: 2) {
        sums.floats[column] += rounded.b[k + 1][column]
        sums.floats[column] += rounded.b[k][column]
      }
    }
    let found = product(a, b, from: c, .inTurn, on: build)
    #expect(found.c.hasSameBits(as: expected))
    #expect(found.sums.values == sums.values)
  }

  /// As many rows as one tile of AMX, two and more, and depths of whole blocks of sixteen pairs and of others.
  private static let blockSizes = [
    (1, 16, 16), (16, 64, 32), (17, 80, 48), (33, 112, 144), (70, 208, 80), (31, 48, 2600),
  ]

  /// Of sixteen pairs, the first products are added up and the second ones, then both to the sum.
  @Test(arguments: builds, blockSizes)
  func blocksOfSixteenPairsAreAddedUpFirst(_ build: InstructionSet, _ size: (Int, Int, Int)) {
    var draws = Draws(seed: 10)
    let (a, b) = (draws.fractions(size.0, size.2), draws.fractions(size.2, size.1, padding: 7))
    let c = draws.fractions(size.0, size.1, padding: 5)
    let rowsOfA = a.values.map { $0.map(nearestBFloat16) }
    let rowsOfB = b.values.map { $0.map(nearestBFloat16) }
    /// `start` and the products of factors, the two of each pair side by side.
    func sum(from start: Float, _ factor: (Int) -> Float, _ other: (Int) -> Float) -> Float {
      var sum = start
      for block in stride(from: 0, to: size.2, by: 32) {
        var (first, second): (Float, Float) = (0, 0)
        for k in stride(from: block, to: min(block + 32, size.2), by: 2) {
          first += factor(k) * other(k)
          second += factor(k + 1) * other(k + 1)
        }
        sum += first + second
      }
      return sum
    }
    var (expected, sums) = (c, Grid(1, size.1))
    for column in 0..<size.1 {
      for row in 0..<size.0 {
        let place = row * c.stride + column
        expected.floats[place] =
          sum(from: c.floats[place], { rowsOfA[row][$0] }, { rowsOfB[$0][column] })
      }
      sums.floats[column] = sum(from: 0, { _ in 1 }, { rowsOfB[$0][column] })
    }
    let found = product(a, b, from: c, .inBlocks, on: build)
    #expect(found.c.hasSameBits(as: expected))
    #expect(found.sums.values == sums.values)
  }

  /// Where a sum starts.
  enum Start: CaseIterable {
    case zero, row, itself
  }

  /// C and the sums of B's rows, all in panels.
  private func sumsOfPanels(_ start: Start, on build: InstructionSet) -> [UInt32] {
    // Of A, two blocks of 50 columns, each of three panels; of B and C, two panels.
    let (rows, columns, depth, aRow) = (49, 112, 100, 32)
    let sizes = (a: 6 * rows * aRow, b: 2 * depth * 64, row: 128, c: 2 * rows * 64, sums: columns)
    var draws = Draws(seed: 11)
    let pairs = (0..<sizes.a + sizes.b).map { _ in
      let (first, second) = (draws.fraction().bitPattern, draws.fraction().bitPattern)
      return Float(bitPattern: first >> 16 | second & 0xFFFF_0000)
    }
    var memory =
      pairs + (0..<sizes.row + sizes.c + sizes.sums).map { _ in draws.fraction() }
    let mode = csimd_float_mode()
    csimd_flush_subnormals()
    defer { csimd_set_float_mode(mode) }
    memory.withUnsafeMutableBufferPointer { memory in
      guard let a = memory.baseAddress else { return }
      let b = a + sizes.a
      let row = b + sizes.b
      let c = row + sizes.row
      let origin: ProductMatrix<UnsafePointer<Float>>? =
        switch start {
        case .zero: nil
        case .row: ProductMatrix(base: UnsafePointer(row), rowStride: 0, panelStride: 64)
        case .itself: ProductMatrix(base: UnsafePointer(c), rowStride: 64, panelStride: rows * 64)
        }
      build.kernels.multiplyPairBlocks(
        ProductOperands(
          rows: rows, columns: columns, depth: depth, panelColumns: 64,
          a: ProductMatrix(base: UnsafePointer(a), rowStride: aRow, panelStride: rows * aRow),
          aPanelColumns: 20, aBlockColumns: 50,
          b: ProductMatrix(base: UnsafePointer(b), rowStride: 64, panelStride: depth * 64),
          start: origin, c: ProductMatrix(base: c, rowStride: 64, panelStride: rows * 64),
          columnSums: c + sizes.c))
    }
    return memory.map(\.bitPattern)
  }

  @Test(arguments: builds, Start.allCases)
  func blocksOfPanelsAreTheSameInAllBuilds(_ build: InstructionSet, _ start: Start) {
    let same = sumsOfPanels(start, on: build) == sumsOfPanels(start, on: .baseline)
    #expect(same)
  }

  /// Subnormal factors, products and sums are zero, as in the processor's own instruction.
  @Test(arguments: builds, PairOrder.allCases)
  func subnormalNumbersAreTakenAsZero(_ build: InstructionSet, _ order: PairOrder) {
    for (a, b) in [(0x1p-130, 0x1p100), (0x1p-70, 0x1p-60)] as [(Float, Float)] {
      let found = product(
        Grid(17, 16) { a }, Grid(16, 16) { b }, from: Grid(17, 16), order, on: build)
      #expect(found.c.values.joined().allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: builds)
  func noBuildInUseMultipliesPairsOtherwise(_ build: InstructionSet) {
    let (inTurn, inBlocks) = (
      build.kernels.pairProductsAreAsDefined, build.kernels.pairBlocksAreAsDefined
    )
    #expect(inTurn && inBlocks)
  }
}
