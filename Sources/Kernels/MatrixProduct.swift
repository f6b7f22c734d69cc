import CSIMD

// C = S + A B, the one matrix product under every layer.
//
//   A (M, K)  row-major, or in strips of 64 columns more than 64 floats apart; then its columns may
//             come in blocks, each of which begins a strip
//   B (K, N)  N a multiple of 16; rows contiguous within strips of 64 columns, any distance between
//             rows and between strips: a row-major matrix, or one stored strip by strip
//   S (M, N)  where the sum starts: C itself, a bias row (row distance 0), or nothing (zeros)
//   C (M, N)  rows contiguous
//   Σ (1, N)  if asked for, the sums of B's columns: the gradient of a bias beside its weights'
//
// A tile of C stays in registers while A's columns are broadcast against B's rows: 6 rows x 4
// vectors keep 24 of AVX-512's 32 registers as sums. Tile after tile passes over one strip of B,
// which flows from the second-level cache into the first a little ahead of its use; at 6 rows that
// takes a third of what the second level delivers.
//
// A long strip of B is taken in pieces that stay in the second-level cache. If its rows lie far apart,
// it is copied first: each from another page, they cost more in address translation than the copy,
// once twelve rows of C share it.
//
// Each element of C is one chain of multiply-adds over k in rising order, whatever the tile it
// falls in. So the result does not depend on how rows and columns are shared among threads.

/// The operands of one product, positioned at the first row and column still to do.
struct ProductOperands {
  var depth: Int
  var a: LeftColumns
  let aRow: Int
  var b: UnsafePointer<Float>
  var bRow: Int
  let bStrip: Int
  var start: UnsafePointer<Float>?
  var startRow: Int
  var c: UnsafeMutablePointer<Float>
  let cRow: Int
  var columnSums: UnsafeMutablePointer<Float>?

  @inline(__always)
  func advanced(rows: Int) -> ProductOperands {
    var moved = self
    moved.a.strip += rows * aRow
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
    if let columnSums { moved.columnSums = columnSums + columns }
    return moved
  }

  /// The same strip of C, for `length` values of k from `first` on. Only the first piece starts
  /// from S; the following ones go on from C.
  @inline(__always)
  func piece(depthFrom first: Int, length: Int) -> ProductOperands {
    var piece = self
    piece.depth = length
    if first > 0 {
      piece.a = a.advanced(columns: first)
      piece.b += first * bRow
      piece.start = UnsafePointer(c)
      piece.startRow = cRow
    }
    return piece
  }

  @inline(__always)
  func addColumnSums<C: TileColumns>(to address: UnsafeMutablePointer<Float>, _: C.Type) {
    var sums = C(at: address)
    for row in 0..<depth { sums.add(1, times: C(at: b + row * bRow)) }
    sums.store(to: address)
  }

  /// Copies the strip of B and goes on with the copy.
  @inline(__always)
  mutating func packStrip<C: TileColumns>(into scratch: UnsafeMutablePointer<Float>, _: C.Type) {
    var (from, to) = (b, scratch)
    for _ in 0..<depth {
      C(at: from).store(to: to)
      from += bRow
      to += C.width
    }
    b = UnsafePointer(scratch)
    bRow = C.width
  }
}

/// A's columns from one of them on, for one row after another of a tile.
struct LeftColumns {
  /// Where the strip of the next column begins, and how far into it that column is.
  var strip: UnsafePointer<Float>
  private var column = 0
  private let stripDistance: Int
  private let blockWidth: Int
  private var leftInBlock: Int

  /// - Parameters:
  ///   - stripDistance: from a strip to the next; the width of a strip if A is row-major.
  ///   - blockWidth: columns of a block; all of A's if it is row-major.
  @inline(__always)
  init(_ a: UnsafePointer<Float>, stripDistance: Int, blockWidth: Int) {
    strip = a
    self.stripDistance = stripDistance
    self.blockWidth = blockWidth
    leftInBlock = blockWidth
  }

  /// A row-major A is one strip as wide as all its columns.
  private var stripWidth: Int {
    stripDistance == VectorKernels.stripWidth ? blockWidth : VectorKernels.stripWidth
  }

  @inline(__always)
  func advanced(columns: Int) -> LeftColumns {
    let stripsOfBlock = (blockWidth + stripWidth - 1) / stripWidth
    let (block, inBlock) = columns.quotientAndRemainder(dividingBy: blockWidth)
    var moved = self
    moved.strip += (block * stripsOfBlock + inBlock / stripWidth) * stripDistance
    moved.column = inBlock % stripWidth
    moved.leftInBlock = blockWidth - inBlock
    return moved
  }

  /// The next columns that lie side by side, at most `limit`.
  @inline(__always)
  mutating func next(atMost limit: Int) -> (address: UnsafePointer<Float>, count: Int) {
    let run = (strip + column, min(limit, leftInBlock, stripWidth - column))
    strip += stripDistance
    column = 0
    leftInBlock -= run.1
    if leftInBlock == 0 { leftInBlock = blockWidth }
    return run
  }
}

extension VectorKernels {
  /// The distance at which rows of so many floats should lie: an odd number of cache lines, for at a
  /// power of two they would fall into the same few sets of the cache.
  public static func rowStride(columns: Int) -> Int { ((columns + 15) / 16 | 1) * 16 }

  /// The columns of B that lie together.
  public static var stripWidth: Int { 64 }

  /// The floats of scratch memory that a product needs: for a strip of B.
  public static var productScratchCount: Int { stripWidth * longestDepth }

  private static var longestDepth: Int { 1280 }

  /// The distance beyond which rows of B, in floats, are far apart.
  private static var farRows: Int { 2 * stripWidth }

  #if BASELINE_TILES
    private static var tallestTile: Int { 2 }
  #else
    private static var tallestTile: Int { 6 }
  #endif

  /// C = S + A B for `rows` x `columns` of C and a sum over `depth`, and `columnSums` those of B
  /// if not nil; see the top of this file.
  public static func multiply(
    rows: Int, columns: Int, depth: Int,
    a: UnsafePointer<Float>, aRow: Int, aStrip: Int, aBlock: Int,
    b: UnsafePointer<Float>, bRow: Int, bStrip: Int,
    start: UnsafePointer<Float>?, startRow: Int,
    c: UnsafeMutablePointer<Float>, cRow: Int,
    columnSums: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
  ) {
    let operands = ProductOperands(
      depth: depth, a: LeftColumns(a, stripDistance: aStrip, blockWidth: aBlock), aRow: aRow,
      b: b, bRow: bRow, bStrip: bStrip, start: start, startRow: startRow, c: c, cRow: cRow,
      columnSums: columnSums)
    columnSums?.update(repeating: 0, count: columns)
    var column = 0
    #if WIDE_TILES
      while columns - column >= 64 {
        multiplyStrip(rows, operands.advanced(columns: column), scratch, Columns64.self)
        column += 64
      }
      if columns - column >= 32 {
        multiplyStrip(rows, operands.advanced(columns: column), scratch, Columns32.self)
        column += 32
      }
    #endif
    while column < columns {
      multiplyStrip(rows, operands.advanced(columns: column), scratch, Columns16.self)
      column += 16
    }
  }

  @inline(__always)
  private static func multiplyStrip<C: TileColumns>(
    _ rows: Int, _ strip: ProductOperands, _ scratch: UnsafeMutablePointer<Float>, _: C.Type
  ) {
    let isCopied = rows >= 12 && strip.bRow > farRows
    for first in stride(from: 0, to: strip.depth, by: longestDepth) {
      var piece = strip.piece(depthFrom: first, length: min(longestDepth, strip.depth - first))
      if let columnSums = strip.columnSums { piece.addColumnSums(to: columnSums, C.self) }
      if isCopied { piece.packStrip(into: scratch, C.self) }
      multiplyRows(rows, piece, C.self)
    }
  }

  /// Cuts the rows into as few tiles as there can be, all of about the same height.
  @inline(__always)
  private static func multiplyRows<C: TileColumns>(
    _ rows: Int, _ strip: ProductOperands, _: C.Type
  ) {
    let tiles = (rows + tallestTile - 1) / tallestTile
    let height = (rows + tiles - 1) / tiles
    let ofFullHeight = rows - tiles * (height - 1)
    var rest = strip
    for index in 0..<tiles {
      let height = index < ofFullHeight ? height : height - 1
      sumTile(height, rest, C.self)
      rest = rest.advanced(rows: height)
    }
  }

  @inline(__always)
  private static func sumTile<C: TileColumns>(_ height: Int, _ tile: ProductOperands, _: C.Type) {
    switch height {
    #if !BASELINE_TILES
      case 6: sum(tile, SixRows<C>.self)
      case 5: sum(tile, FiveRows<C>.self)
      case 4: sum(tile, FourRows<C>.self)
      case 3: sum(tile, ThreeRows<C>.self)
    #endif
    case 2: sum(tile, TwoRows<C>.self)
    default: sum(tile, OneRow<C>.self)
    }
  }

  @inline(__always)
  private static func sum<R: TileRows>(_ tile: ProductOperands, _: R.Type) {
    var sums = R(from: tile.start, row: tile.startRow)
    // The distances of most products are known: of striped matrices, and of copied strips.
    switch tile.bRow {
    case stripWidth: addAll(of: tile, to: &sums, bRow: stripWidth)
    case R.Columns.width: addAll(of: tile, to: &sums, bRow: R.Columns.width)
    default: addAll(of: tile, to: &sums, bRow: tile.bRow)
    }
    sums.store(to: tile.c, row: tile.cRow)
  }

  @inline(__always)
  private static func addAll<R: TileRows>(of tile: ProductOperands, to sums: inout R, bRow: Int) {
    var (columns, left, b) = (tile.a, tile.depth, tile.b)
    while left > 0 {
      let run = columns.next(atMost: left)
      var step = ProductStep(a: run.address, aRow: tile.aRow, b: b)
      step.addAll(run.count, to: &sums, bRow: bRow)
      left -= run.count
      b = step.b
    }
  }
}

/// The column of A and the row of B whose products are added next.
private struct ProductStep {
  var a: UnsafePointer<Float>
  let aRow: Int
  var b: UnsafePointer<Float>

  /// How many rows of B ahead of their use their way into the first-level cache begins.
  private static var prefetchDistance: Int { 16 }

  /// All steps; four at a time share the loop's own work.
  @inline(__always)
  mutating func addAll<R: TileRows>(_ depth: Int, to sums: inout R, bRow: Int) {
    for _ in 0..<depth / 4 {
      add(to: &sums, bRow: bRow)
      add(to: &sums, bRow: bRow)
      add(to: &sums, bRow: bRow)
      add(to: &sums, bRow: bRow)
    }
    for _ in 0..<depth % 4 { add(to: &sums, bRow: bRow) }
  }

  @inline(__always)
  mutating func add<R: TileRows>(to sums: inout R, bRow: Int) {
    // A single row reads B faster than any hint: then the hardware's own prefetching does better.
    if R.height > 1 {
      for line in stride(from: 0, to: R.Columns.width, by: 16) {
        csimd_prefetch(b + ProductStep.prefetchDistance * bRow + line)
      }
    }
    sums.add(a, row: aRow, times: R.Columns(at: b))
    a += 1
    b += bRow
  }
}
