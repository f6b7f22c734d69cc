// C = S + A B, the one matrix product under every layer.
//
//   A (M, K)  row-major, or in strips of 64 columns more than 64 floats apart; then its columns may
//             come in blocks, each of which begins a strip
//   B (K, N)  N a multiple of 16; rows contiguous within strips of 64 columns, or of fewer if all
//             are as narrow; any distance between rows and between strips: a row-major matrix, or
//             one stored strip by strip
//   C (M, N)  in such strips, too
//   S (M, N)  where the sum starts: C itself, a bias row (row distance 0), or nothing (zeros)
//   Σ (1, N)  if asked for, the sums of B's columns: the gradient of a bias beside its weights'
//
// A tile of C stays in registers while A's columns are broadcast against B's rows: 6 rows x 4
// vectors keep 24 of AVX-512's 32 registers as sums. Tile after tile passes over one strip of B,
// which flows from the second-level cache into the first a little ahead of its use; at 6 rows that
// takes a third of what the second level delivers. The rows of A and C that come next are fetched
// meanwhile, some lines at a time: they come from farther away, and all at once they would hold up B.
//
// A long strip of B is taken in pieces that stay in the second-level cache.
//
// Each element of C is one chain of multiply-adds over k in rising order, whatever the tile it
// falls in. So the result does not depend on how rows and columns are shared among threads.

/// The operands of one product, positioned at the first row and column still to do.
struct ProductOperands {
  var depth: Int
  var a: LeftColumns
  let aRow: Int
  var b: UnsafePointer<Float>
  let bRow: Int
  let bStrip: Int
  var start: UnsafePointer<Float>?
  var startRow: Int
  let startStrip: Int
  var c: UnsafeMutablePointer<Float>
  let cRow: Int
  let cStrip: Int
  /// The rows of C whose turn is after these.
  var cAhead: UnsafeMutablePointer<Float>
  /// From the rows of A to those whose turn is after them.
  var aAhead = 0
  var columnSums: UnsafeMutablePointer<Float>?

  @inline(__always)
  func advanced(rows: Int) -> ProductOperands {
    var moved = self
    moved.a.strip += rows * aRow
    moved.c += rows * cRow
    if let start { moved.start = start + rows * startRow }
    return moved
  }

  /// Within a strip.
  @inline(__always)
  func advanced(columns: Int) -> ProductOperands {
    moved(columns: columns, b: columns, start: columns, c: columns)
  }

  /// From a strip, of so many columns, to the next.
  @inline(__always)
  func nextStrip(columns: Int) -> ProductOperands {
    moved(columns: columns, b: bStrip, start: startStrip, c: cStrip)
  }

  @inline(__always)
  private func moved(columns: Int, b: Int, start: Int, c: Int) -> ProductOperands {
    var moved = self
    moved.b += b
    moved.c += c
    if let origin = self.start { moved.start = origin + start }
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

  /// The columns of B that lie together, at most.
  public static var stripWidth: Int { 64 }

  private static var longestDepth: Int { 1280 }

  #if BASELINE_TILES
    private static var tallestTile: Int { 2 }
  #else
    private static var tallestTile: Int { 6 }
  #endif

  /// C = S + A B for `rows` x `columns` of C and a sum over `depth`, and `columnSums` those of B
  /// if not nil; see the top of this file. Strips have `stripColumns`, the last one what is left.
  public static func multiply(
    rows: Int, columns: Int, stripColumns: Int, depth: Int,
    a: UnsafePointer<Float>, aRow: Int, aStrip: Int, aBlock: Int,
    b: UnsafePointer<Float>, bRow: Int, bStrip: Int,
    start: UnsafePointer<Float>?, startRow: Int, startStrip: Int,
    c: UnsafeMutablePointer<Float>, cRow: Int, cStrip: Int,
    columnSums: UnsafeMutablePointer<Float>?
  ) {
    var strip = ProductOperands(
      depth: depth, a: LeftColumns(a, stripDistance: aStrip, blockWidth: aBlock), aRow: aRow,
      b: b, bRow: bRow, bStrip: bStrip, start: start, startRow: startRow, startStrip: startStrip,
      c: c, cRow: cRow, cStrip: cStrip, cAhead: c, columnSums: columnSums)
    columnSums?.update(repeating: 0, count: columns)
    for first in stride(from: 0, to: columns, by: stripColumns) {
      let next = strip.nextStrip(columns: stripColumns)
      if first + stripColumns < columns { strip.cAhead = next.c }
      multiplyStrip(rows, columns: min(stripColumns, columns - first), strip)
      strip = next
    }
  }

  /// The same for one strip, by as wide tiles as there are.
  @inline(__always)
  private static func multiplyStrip(_ rows: Int, columns: Int, _ strip: ProductOperands) {
    var column = 0
    #if WIDE_TILES
      if columns == 64 { return multiplyColumns(rows, strip, Columns64.self) }
      if columns >= 32 {
        multiplyColumns(rows, strip, Columns32.self)
        column = 32
      }
    #endif
    while column < columns {
      multiplyColumns(rows, strip.advanced(columns: column), Columns16.self)
      column += 16
    }
  }

  @inline(__always)
  private static func multiplyColumns<C: TileColumns>(
    _ rows: Int, _ strip: ProductOperands, _: C.Type
  ) {
    for first in stride(from: 0, to: strip.depth, by: longestDepth) {
      let piece = strip.piece(depthFrom: first, length: min(longestDepth, strip.depth - first))
      if let columnSums = strip.columnSums { piece.addColumnSums(to: columnSums, C.self) }
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
      var tile = rest
      rest = rest.advanced(rows: height)
      let isLast = index + 1 == tiles
      if !isLast { tile.cAhead = rest.c }
      tile.aAhead = (isLast ? strip : rest).a.strip - tile.a.strip
      sumTile(height, tile, C.self)
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
    var (columns, left) = (tile.a, tile.depth)
    var step = ProductStep(of: tile, rows: R.height)
    while left > 0 {
      let run = columns.next(atMost: left)
      step.a = run.address
      // The distance of rows is known in striped matrices, but the narrowest.
      if tile.bRow == stripWidth {
        step.addAll(run.count, to: &sums, bRow: stripWidth)
      } else {
        step.addAll(run.count, to: &sums, bRow: tile.bRow)
      }
      left -= run.count
    }
    sums.store(to: tile.c, row: tile.cRow)
  }
}

/// The column of A and the row of B whose products are added next, and what is fetched meanwhile.
private struct ProductStep {
  var a: UnsafePointer<Float>
  private var b: UnsafePointer<Float>
  private let aRow, aAhead, cRow: Int
  private var cAhead: UnsafePointer<Float>
  private var rowsAhead: Int

  /// How many rows of B ahead of their use their way into the first-level cache begins.
  private static var prefetchDistance: Int { 16 }

  @inline(__always)
  init(of tile: ProductOperands, rows: Int) {
    a = tile.a.strip
    b = tile.b
    aRow = tile.aRow
    aAhead = tile.aAhead
    cRow = tile.cRow
    cAhead = UnsafePointer(tile.cAhead)
    rowsAhead = rows
  }

  /// All steps; sixteen at a time take A's next cache lines.
  @inline(__always)
  mutating func addAll<R: TileRows>(_ depth: Int, to sums: inout R, bRow: Int) {
    for _ in 0..<depth / 16 {
      fetchAhead(R.self)
      for _ in 0..<4 {
        add(to: &sums, bRow: bRow)
        add(to: &sums, bRow: bRow)
        add(to: &sums, bRow: bRow)
        add(to: &sums, bRow: bRow)
      }
    }
    for _ in 0..<depth % 16 { add(to: &sums, bRow: bRow) }
  }

  @inline(__always)
  private mutating func fetchAhead<R: TileRows>(_: R.Type) {
    guard R.height > 1 else { return }
    R.prefetchLine(a + aAhead, row: aRow)
    if rowsAhead > 0 {
      R.Columns.prefetch(cAhead)
      cAhead += cRow
      rowsAhead -= 1
    }
  }

  @inline(__always)
  private mutating func add<R: TileRows>(to sums: inout R, bRow: Int) {
    // A single row reads B faster than any hint: then the hardware's own prefetching does better.
    if R.height > 1 { R.Columns.prefetch(b + ProductStep.prefetchDistance * bRow) }
    sums.add(a, row: aRow, times: R.Columns(at: b))
    a += 1
    b += bRow
  }
}
