// Pairs of bfloat16, the operands of products in that precision. A matrix that is rounded holds pairs of
// neighbouring columns, as the left factor of a product does; from there it becomes a right factor, which
// holds pairs of neighbouring rows.
//
// Rows are paired within groups, such as the sequences of one time step: the last row of an odd group is
// paired with zeros, so that a group begins with a pair wherever it lies.

import CSIMD
import KernelOperands

extension VectorKernels {
  /// Rounds floats, to nearest even, to pairs of columns. Where `y` is `x`, a row of pairs takes the first
  /// half of the row of floats.
  ///
  /// - Parameter columns: of x, a multiple of 16.
  public static func roundToPairs(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int
  ) {
    for row in 0..<rows {
      let (from, to) = (x + row * xRow, y + row * yRow)
      for i in stride(from: 0, to: columns, by: 16) {
        csimd_round_to_pairs(Vector(at: from + i), to + i / 2)
      }
    }
  }

  /// From pairs of columns to pairs of rows. `y` may be `x` where its rows lie as far apart and a row of
  /// pairs of rows is no longer than that.
  ///
  /// - Parameters:
  ///   - groups: of rows.
  ///   - rows: of a group.
  ///   - columns: pairs in a row of x, a multiple of 8; half as many as in a row of y.
  public static func pairRows(
    groups: Int, rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int,
    y: UnsafeMutablePointer<Float>, yRow: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { zeros in
      zeros.initialize(repeating: 0)
      guard let zeros = zeros.baseAddress else { return }
      var to = y
      for group in 0..<groups {
        for row in stride(from: 0, to: rows, by: 2) {
          let upper = x + (group * rows + row) * xRow
          let isSingle = row + 1 == rows
          // From the last column on, for in place the pairs of rows grow over the upper row.
          for i in stride(from: columns - 8, through: 0, by: -8) {
            csimd_pair_rows(
              upper + i, isSingle ? UnsafePointer(zeros) : upper + xRow + i, to + 2 * i)
          }
          to += yRow
        }
      }
    }
  }

  /// Rounds floats, to nearest even, to pairs of rows.
  ///
  /// - Parameters:
  ///   - rows: of x, an even number.
  ///   - columns: a multiple of 16, at most 64.
  public static func roundToRowPairs(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 64) { pairs in
      guard let pairs = pairs.baseAddress else { return }
      for row in stride(from: 0, to: rows, by: 2) {
        roundToPairs(rows: 2, columns: columns, x: x + row * xRow, xRow: xRow, y: pairs, yRow: 32)
        pairRows(
          groups: 1, rows: 2, columns: columns / 2, x: pairs, xRow: 32, y: y + row / 2 * yRow,
          yRow: yRow)
      }
    }
  }

  /// The transpose of floats, rounded to nearest even, in pairs of its rows: those of columns here.
  ///
  /// - Parameters:
  ///   - columns: of the source, a multiple of 16.
  ///   - destination: (columns / 2, rows).
  public static func transposeToRowPairs(
    rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 16 * 16) { pairs in
      guard let pairs = pairs.baseAddress else { return }
      for row in stride(from: 0, to: rows, by: 16) {
        for column in stride(from: 0, to: columns, by: 32) {
          let (rows, columns) = (Swift.min(16, rows - row), Swift.min(32, columns - column))
          roundToPairs(
            rows: rows, columns: columns, x: source + row * sourceRow + column, xRow: sourceRow,
            y: pairs, yRow: 16)
          transpose(
            rows: rows, columns: columns / 2, source: pairs, sourceRow: 16,
            destination: destination + column / 2 * destinationRow + row,
            destinationRow: destinationRow)
        }
      }
    }
  }

  /// The transpose of a matrix of pairs of columns, which holds pairs of columns too: those of rows here.
  ///
  /// - Parameters:
  ///   - groups: of rows.
  ///   - rows: of a group.
  ///   - columns: pairs in a row of the source, which can be read up to the next multiple of 16.
  ///   - destination: (2 · columns, groups · rows / 2), rows / 2 rounded up.
  public static func transposePairs(
    groups: Int, rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 16 * 32) { paired in
      guard let paired = paired.baseAddress else { return }
      let pairsOfGroup = (rows + 1) / 2
      for group in 0..<groups {
        for pair in stride(from: 0, to: pairsOfGroup, by: 16) {
          let block = source + (group * rows + 2 * pair) * sourceRow
          let rowsOfBlock = Swift.min(32, rows - 2 * pair)
          for column in stride(from: 0, to: columns, by: 16) {
            pairRows(
              groups: 1, rows: rowsOfBlock, columns: 16, x: block + column, xRow: sourceRow,
              y: paired, yRow: 32)
            transpose(
              rows: (rowsOfBlock + 1) / 2, columns: 2 * Swift.min(16, columns - column),
              source: paired, sourceRow: 32,
              destination: destination + 2 * column * destinationRow + group * pairsOfGroup + pair,
              destinationRow: destinationRow)
          }
        }
      }
    }
  }

  /// The gradient of `gatherRows`, where y holds pairs of rows.
  ///
  /// - Parameters:
  ///   - groups: of rows.
  ///   - rows: of a group.
  public static func scatterRowPairs(groups: Int, rows: Int, _ lookup: RowLookup) {
    var (pairs, tokens) = (UnsafePointer(lookup.y), lookup.tokens)
    for _ in 0..<groups {
      for row in 0..<rows {
        let isSecond = row % 2 == 1
        addPairs(pairs, isSecond: isSecond, to: Int(tokens[row]), lookup)
        if isSecond || row + 1 == rows { pairs += lookup.yRow }
      }
      tokens += rows
    }
  }

  /// Adds one row of a row of pairs to a row of the table, and to the bias.
  @inline(__always)
  private static func addPairs(
    _ pairs: UnsafePointer<Float>, isSecond: Bool, to token: Int, _ lookup: RowLookup
  ) {
    let destination = lookup.table + token * lookup.tableRow
    for i in stride(from: 0, to: lookup.columns, by: 16) {
      let gradient = Vector(halfOfPairsAt: pairs + i, isSecond: isSecond)
      (Vector(at: destination + i) + gradient).store(to: destination + i)
      if let bias = lookup.bias { (Vector(at: bias + i) + gradient).store(to: bias + i) }
    }
  }

  /// Whether `csimd_add_pair_products` gives, bit for bit, what its emulation does: a processor that rounds
  /// otherwise would make other models than all others.
  public static var pairProductsAreAsDefined: Bool {
    var word: UInt64 = 0
    var (sum, emulated) = (Vector(), Vector())
    let mode = csimd_float_mode()
    csimd_flush_subnormals()
    defer { csimd_set_float_mode(mode) }
    for round in 0..<256 {
      // From zero again, so that sums are small where factors are.
      if round % 2 == 0 { (sum, emulated) = (Vector(), Vector()) }
      let (a, b) = (Vector(pairsDrawnFrom: &word), Vector(pairsDrawnFrom: &word))
      csimd_add_pair_products(a, b, &sum)
      csimd_emulate_add_pair_products(a, b, &emulated)
      for lane in 0..<16 where sum[lane].bitPattern != emulated[lane].bitPattern { return false }
    }
    return true
  }
}

extension Vector {
  /// The first or second bfloat16 of sixteen pairs.
  @inline(__always)
  fileprivate init(halfOfPairsAt address: UnsafePointer<Float>, isSecond: Bool) {
    let bits = unsafeBitCast(Vector(at: address), to: SIMD16<UInt32>.self)
    self = unsafeBitCast(isSecond ? bits & 0xFFFF_0000 : bits &<< 16, to: Vector.self)
  }

  /// Pairs of numbers between 2^-8 and 2^8 of either sign; a quarter of them have a first or a second that is
  /// tiny or subnormal.
  @inline(__always)
  init(pairsDrawnFrom word: inout UInt64) {
    self = Vector()
    for lane in 0..<16 {
      word &+= 0x9E37_79B9_7F4A_7C15
      let draw = mixed(word)
      let first: UInt32 = draw >> 61 == 0 ? 0 : 0x3B80
      let second: UInt32 = draw >> 58 & 7 == 0 ? 0 : 0x3B80_0000
      let bits = UInt32(truncatingIfNeeded: draw) & 0x87FF_87FF
      self[lane] = Float(bitPattern: bits &+ first &+ second)
    }
  }
}
