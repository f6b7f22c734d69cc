// C = S + A B, the one matrix product under every layer.
//
//   A (M, K)  any strides, so a transposed matrix is read where it lies
//   B (K, N)  N a multiple of 16; rows contiguous within strips of 64 columns, any distance between
//             rows and between strips: a row-major matrix, or one packed strip by strip
//   S (M, N)  where the sum starts: C itself, a bias row (row distance 0), or nothing (zeros)
//   C (M, N)  rows contiguous
//
// A tile of C stays in registers while A's columns are broadcast against B's rows: 6 rows x 4
// vectors keep 24 of AVX-512's 32 registers as sums. The tiles of up to 264 rows pass over a block
// of 64 rows x one strip of B (16 KB), which stays in the first-level cache. If the strip is not
// packed, the block is copied first: rows of B one page apart cost more in address translation
// than the copy, once twelve rows of C share it. Sums over more than 256 of K are cut, so that
// A's block stays in the second-level cache from strip to strip.
//
// Each element of C is one chain of multiply-adds over k in rising order, whatever the tile it
// falls in. So the result does not depend on how rows and columns are shared among threads.

/// Some columns of one row of a tile, in registers.
protocol TileColumns {
  static var width: Int { get }
  init(at address: UnsafePointer<Float>)
  init(zero: Void)
  mutating func add(_ a: Float, times b: Self)
  func store(to address: UnsafeMutablePointer<Float>)
}

struct Columns16: TileColumns {
  var v: Vector

  static var width: Int { 16 }
  @inline(__always) init(at address: UnsafePointer<Float>) { v = Vector(at: address) }
  @inline(__always) init(zero: Void) { v = Vector() }
  @inline(__always) mutating func add(_ a: Float, times b: Columns16) {
    v = v.adding(Vector(repeating: a), times: b.v)
  }
  @inline(__always) func store(to address: UnsafeMutablePointer<Float>) { v.store(to: address) }
}

struct Paired<Half: TileColumns>: TileColumns {
  var low, high: Half

  @inline(__always) static var width: Int { 2 * Half.width }
  @inline(__always) init(at address: UnsafePointer<Float>) {
    low = Half(at: address)
    high = Half(at: address + Half.width)
  }
  @inline(__always) init(zero: Void) {
    low = Half(zero: ())
    high = Half(zero: ())
  }
  @inline(__always) mutating func add(_ a: Float, times b: Paired) {
    low.add(a, times: b.low)
    high.add(a, times: b.high)
  }
  @inline(__always) func store(to address: UnsafeMutablePointer<Float>) {
    low.store(to: address)
    high.store(to: address + Half.width)
  }
}

typealias Columns32 = Paired<Columns16>
typealias Columns64 = Paired<Columns32>

/// The operands of one product, positioned at the first row and column still to do.
struct ProductOperands {
  var depth: Int
  var a: UnsafePointer<Float>
  let aRow, aColumn: Int
  var b: UnsafePointer<Float>
  var bRow: Int
  let bStrip: Int
  var start: UnsafePointer<Float>?
  var startRow: Int
  var c: UnsafeMutablePointer<Float>
  let cRow: Int

  @inline(__always)
  func advanced(rows: Int) -> ProductOperands {
    var moved = self
    moved.a += rows * aRow
    moved.c += rows * cRow
    if let start { moved.start = start + rows * startRow }
    return moved
  }

  @inline(__always)
  func advanced(columns: Int) -> ProductOperands {
    var moved = self
    moved.b +=
      columns / VectorKernels.stripWidth * bStrip + columns % VectorKernels.stripWidth
    moved.c += columns
    if let start { moved.start = start + columns }
    return moved
  }

  /// The same tile of C, for `length` values of k from `first` on. Only the first block starts
  /// from S; the following ones go on from C.
  @inline(__always)
  func slice(depthFrom first: Int, length: Int) -> ProductOperands {
    var slice = self
    slice.depth = length
    slice.a += first * aColumn
    slice.b += first * bRow
    if first > 0 {
      slice.start = UnsafePointer(c)
      slice.startRow = cRow
    }
    return slice
  }

  /// Copies the block of B and goes on with the copy.
  @inline(__always)
  mutating func pack<C: TileColumns>(into scratch: UnsafeMutablePointer<Float>, _: C.Type) {
    var (from, to) = (b, scratch)
    for _ in 0..<depth {
      C(at: from).store(to: to)
      from += bRow
      to += C.width
    }
    b = UnsafePointer(scratch)
    bRow = C.width
  }

  @inline(__always)
  func initialRow<C: TileColumns>(_ row: Int, _: C.Type) -> C {
    guard let start else { return C(zero: ()) }
    return C(at: start + row * startRow)
  }
}

extension VectorKernels {
  /// The columns of B that lie together.
  public static var stripWidth: Int { 64 }

  /// The floats of scratch memory that a product needs.
  public static var productScratchCount: Int { depthBlock * stripWidth }

  private static var rowBlock: Int { 264 }
  private static var outerDepth: Int { 256 }
  private static var depthBlock: Int { 64 }

  /// C = S + A B for `rows` x `columns` of C and a sum over `depth`; see the top of this file.
  public static func multiply(
    rows: Int, columns: Int, depth: Int,
    a: UnsafePointer<Float>, aRow: Int, aColumn: Int,
    b: UnsafePointer<Float>, bRow: Int, bStrip: Int,
    start: UnsafePointer<Float>?, startRow: Int,
    c: UnsafeMutablePointer<Float>, cRow: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let operands = ProductOperands(
      depth: depth, a: a, aRow: aRow, aColumn: aColumn, b: b, bRow: bRow, bStrip: bStrip,
      start: start, startRow: startRow, c: c, cRow: cRow)
    for row in stride(from: 0, to: rows, by: rowBlock) {
      let block = operands.advanced(rows: row)
      let height = min(rowBlock, rows - row)
      for first in stride(from: 0, to: depth, by: outerDepth) {
        let slice = block.slice(depthFrom: first, length: min(outerDepth, depth - first))
        multiplyStrips(height, columns, slice, scratch)
      }
    }
  }

  @inline(__always)
  private static func multiplyStrips(
    _ rows: Int, _ columns: Int, _ block: ProductOperands, _ scratch: UnsafeMutablePointer<Float>
  ) {
    var column = 0
    #if WIDE_TILES
      while columns - column >= 64 {
        multiplyStrip(rows, block.advanced(columns: column), scratch, Columns64.self)
        column += 64
      }
      if columns - column >= 32 {
        multiplyStrip(rows, block.advanced(columns: column), scratch, Columns32.self)
        column += 32
      }
    #endif
    while column < columns {
      multiplyStrip(rows, block.advanced(columns: column), scratch, Columns16.self)
      column += 16
    }
  }

  @inline(__always)
  private static func multiplyStrip<C: TileColumns>(
    _ rows: Int, _ strip: ProductOperands, _ scratch: UnsafeMutablePointer<Float>, _: C.Type
  ) {
    for first in stride(from: 0, to: strip.depth, by: depthBlock) {
      var block = strip.slice(depthFrom: first, length: min(depthBlock, strip.depth - first))
      if rows >= 12 && block.bRow != stripWidth { block.pack(into: scratch, C.self) }
      multiplyRows(rows, block, C.self)
    }
  }

  @inline(__always)
  private static func multiplyRows<C: TileColumns>(
    _ rows: Int, _ block: ProductOperands, _: C.Type
  ) {
    var row = 0
    #if !BASELINE_TILES
      while rows - row >= 6 {
        tile6(block.advanced(rows: row), C.self)
        row += 6
      }
    #endif
    while rows - row >= 2 {
      tile2(block.advanced(rows: row), C.self)
      row += 2
    }
    if row < rows { tile1(block.advanced(rows: row), C.self) }
  }

  @inline(__always)
  private static func tile6<C: TileColumns>(_ o: ProductOperands, _: C.Type) {
    var r0 = o.initialRow(0, C.self)
    var r1 = o.initialRow(1, C.self)
    var r2 = o.initialRow(2, C.self)
    var r3 = o.initialRow(3, C.self)
    var r4 = o.initialRow(4, C.self)
    var r5 = o.initialRow(5, C.self)
    var a = o.a
    var b = o.b
    for _ in 0..<o.depth {
      let columns = C(at: b)
      r0.add(a[0], times: columns)
      r1.add(a[o.aRow], times: columns)
      r2.add(a[2 * o.aRow], times: columns)
      r3.add(a[3 * o.aRow], times: columns)
      r4.add(a[4 * o.aRow], times: columns)
      r5.add(a[5 * o.aRow], times: columns)
      a += o.aColumn
      b += o.bRow
    }
    r0.store(to: o.c)
    r1.store(to: o.c + o.cRow)
    r2.store(to: o.c + 2 * o.cRow)
    r3.store(to: o.c + 3 * o.cRow)
    r4.store(to: o.c + 4 * o.cRow)
    r5.store(to: o.c + 5 * o.cRow)
  }

  @inline(__always)
  private static func tile2<C: TileColumns>(_ o: ProductOperands, _: C.Type) {
    var r0 = o.initialRow(0, C.self)
    var r1 = o.initialRow(1, C.self)
    var a = o.a
    var b = o.b
    for _ in 0..<o.depth {
      let columns = C(at: b)
      r0.add(a[0], times: columns)
      r1.add(a[o.aRow], times: columns)
      a += o.aColumn
      b += o.bRow
    }
    r0.store(to: o.c)
    r1.store(to: o.c + o.cRow)
  }

  @inline(__always)
  private static func tile1<C: TileColumns>(_ o: ProductOperands, _: C.Type) {
    var r0 = o.initialRow(0, C.self)
    var a = o.a
    var b = o.b
    for _ in 0..<o.depth {
      r0.add(a[0], times: C(at: b))
      a += o.aColumn
      b += o.bRow
    }
    r0.store(to: o.c)
  }

  /// Destination (columns, rows) = source (rows, columns) transposed. Any sizes.
  public static func transpose(
    rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int
  ) {
    // Blocks of 16 x 16 touch sixteen cache lines on either side, each used whole.
    var row = 0
    while row < rows {
      let rowEnd = min(row + 16, rows)
      var column = 0
      while column < columns {
        let columnEnd = min(column + 16, columns)
        for j in column..<columnEnd {
          for i in row..<rowEnd {
            destination[j * destinationRow + i] = source[i * sourceRow + j]
          }
        }
        column += 16
      }
      row += 16
    }
  }
}
