// C = S + A B, the one matrix product under every layer; `ProductOperands` says what each matrix is.
//
// A and B hold floats, or pairs of bfloat16 or quads of int8 in the place of a float: a pair of A has two
// neighbouring columns, a pair of B two neighbouring rows. All else is the same for the three, but that sums of
// pairs may be made in blocks (PairBlocks.swift).
//
// A tile of C stays in registers while A's columns are broadcast against B's rows: 6 rows x 4
// vectors keep 24 of AVX-512's 32 registers as sums. Tile after tile passes over one panel of B,
// which flows from the second-level cache into the first a little ahead of its use; at 6 rows that
// takes a third of what the second level delivers. The rows of A and C that come next are fetched
// meanwhile, some lines at a time: they come from farther away, and all at once they would hold up B.
//
// A long panel of B is taken in pieces that stay in the second-level cache.
//
// Each element of C is one chain of multiply-adds over k in rising order, whatever the tile it
// falls in. So the result does not depend on how rows and columns are divided among threads.

import KernelOperands

/// A product positioned at the first row and column still to do.
struct PanelProduct {
  var depth: Int
  var a: LeftColumns
  let aRow: Int
  var b: UnsafePointer<Float>
  let bRow: Int
  let bPanel: Int
  var start: UnsafePointer<Float>?
  var startRow: Int
  let startPanel: Int
  var c: UnsafeMutablePointer<Float>
  let cRow: Int
  let cPanel: Int
  /// The rows of C whose turn is after these.
  var cAhead: UnsafeMutablePointer<Float>
  /// From the rows of A to those whose turn is after them.
  var aAhead = 0
  var columnSums: UnsafeMutablePointer<Float>?
  /// Of this panel's columns.
  var scales: UnsafePointer<Float>?

  @inline(__always)
  init(_ product: ProductOperands) {
    depth = product.depth
    a = LeftColumns(
      product.a.base, panelDistance: product.a.panelStride, panelWidth: product.aPanelColumns,
      blockWidth: product.aBlockColumns)
    aRow = product.a.rowStride
    (b, bRow, bPanel) = (product.b.base, product.b.rowStride, product.b.panelStride)
    start = product.start?.base
    startRow = product.start?.rowStride ?? 0
    startPanel = product.start?.panelStride ?? 0
    (c, cRow, cPanel) = (product.c.base, product.c.rowStride, product.c.panelStride)
    cAhead = c
    columnSums = product.columnSums
    scales = product.scales
  }

  @inline(__always)
  func advanced(rows: Int) -> PanelProduct {
    var moved = self
    moved.a.panel += rows * aRow
    moved.c += rows * cRow
    if let start { moved.start = start + rows * startRow }
    return moved
  }

  /// Within a panel.
  @inline(__always)
  func advanced(columns: Int) -> PanelProduct {
    moved(columns: columns, b: columns, start: columns, c: columns)
  }

  /// From a panel, of so many columns, to the next.
  @inline(__always)
  func nextPanel(columns: Int) -> PanelProduct {
    moved(columns: columns, b: bPanel, start: startPanel, c: cPanel)
  }

  @inline(__always)
  private func moved(columns: Int, b: Int, start: Int, c: Int) -> PanelProduct {
    var moved = self
    moved.b += b
    moved.c += c
    if let origin = self.start { moved.start = origin + start }
    if let columnSums { moved.columnSums = columnSums + columns }
    if let scales { moved.scales = scales + b }
    return moved
  }

  /// The same panel of C, in pieces of k whose part of B stays in the second-level cache.
  @inline(__always)
  var pieces: some Sequence<PanelProduct> {
    stride(from: 0, to: depth, by: PanelProduct.longestDepth).lazy.map { first in
      piece(depthFrom: first, length: min(PanelProduct.longestDepth, depth - first))
    }
  }

  private static var longestDepth: Int { 1280 }

  /// The same panel of C, for `length` values of k from `first` on. Only the first piece starts
  /// from S; the following ones go on from C.
  @inline(__always)
  private func piece(depthFrom first: Int, length: Int) -> PanelProduct {
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
    for row in 0..<depth {
      sums.add(C.one, times: C(at: b + row * bRow))
      if row % 16 == 15 || row + 1 == depth { sums.endBlock() }
    }
    sums.store(to: address, start: nil, scales: nil)
  }
}

/// A's columns from one of them on, for one row after another of a tile.
struct LeftColumns {
  /// Where the panel of the next column begins, and how far into it that column is.
  var panel: UnsafePointer<Float>
  private var column = 0
  private let panelDistance: Int
  private let panelWidth: Int
  private let blockWidth: Int
  private var leftInBlock: Int

  /// - Parameters:
  ///   - panelDistance: from a panel to the next.
  ///   - panelWidth: columns of a panel; all of A's if it is row-major.
  ///   - blockWidth: columns of a block; all of A's if it is row-major.
  @inline(__always)
  init(_ a: UnsafePointer<Float>, panelDistance: Int, panelWidth: Int, blockWidth: Int) {
    panel = a
    self.panelDistance = panelDistance
    self.panelWidth = panelWidth
    self.blockWidth = blockWidth
    leftInBlock = blockWidth
  }

  @inline(__always)
  func advanced(columns: Int) -> LeftColumns {
    let panelsOfBlock = (blockWidth + panelWidth - 1) / panelWidth
    let (block, inBlock) = columns.quotientAndRemainder(dividingBy: blockWidth)
    var moved = self
    moved.panel += (block * panelsOfBlock + inBlock / panelWidth) * panelDistance
    moved.column = inBlock % panelWidth
    moved.leftInBlock = blockWidth - inBlock
    return moved
  }

  /// The next columns that lie side by side, at most `limit`.
  @inline(__always)
  mutating func next(atMost limit: Int) -> (address: UnsafePointer<Float>, count: Int) {
    let run = (panel + column, min(limit, leftInBlock, panelWidth - column))
    panel += panelDistance
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
  public static var panelWidth: Int { 64 }

  /// C = S + A B, and `columnSums` if they are asked for.
  public static func multiply(_ product: ProductOperands) {
    multiply(product, Columns16.self)
  }

  /// The same where A and B hold pairs; `depth` counts pairs. The calling thread must flush subnormal
  /// numbers.
  public static func multiplyPairs(_ product: ProductOperands) {
    multiply(product, PairColumns16.self)
  }

  /// The same where A and B hold quads; `depth` counts quads. C = S + scales ⊙ A B, the products summed as
  /// integers.
  public static func multiplyQuads(_ product: ProductOperands) {
    multiply(product, QuadColumns16.self)
  }

  @inline(__always)
  static func multiply<C: TileColumns>(_ product: ProductOperands, _: C.Type) {
    let (columns, panelColumns) = (product.columns, product.panelColumns)
    var panel = PanelProduct(product)
    product.columnSums?.update(repeating: 0, count: columns)
    for first in stride(from: 0, to: columns, by: panelColumns) {
      let next = panel.nextPanel(columns: panelColumns)
      if first + panelColumns < columns { panel.cAhead = next.c }
      multiplyPanel(product.rows, columns: min(panelColumns, columns - first), panel, C.self)
      panel = next
    }
  }

  /// The same for one panel, by as wide tiles as there are.
  @inline(__always)
  private static func multiplyPanel<C: TileColumns>(
    _ rows: Int, columns: Int, _ panel: PanelProduct, _: C.Type
  ) {
    var column = 0
    #if NARROW_TILES
      if rows == 1 && columns == 64 && panel.columnSums == nil {
        return multiplyRow(panel, Columns64<C>.self)
      }
    #elseif WIDE_TILES
      if columns == 64 { return multiplyColumns(rows, panel, Columns64<C>.self) }
      if columns >= 32 {
        multiplyColumns(rows, panel, Columns32<C>.self)
        column = 32
      }
    #endif
    while column < columns {
      multiplyColumns(rows, panel.advanced(columns: column), C.self)
      column += 16
    }
  }

  #if NARROW_TILES
    /// One row alone needs no registers for others: with more sums side by side, none waits for the
    /// multiply-add before it.
    @inline(__always)
    private static func multiplyRow<C: TileColumns>(_ panel: PanelProduct, _: C.Type) {
      for piece in panel.pieces { sum(piece, OneRow<C>.self) }
    }
  #endif

  @inline(__always)
  private static func multiplyColumns<C: TileColumns>(
    _ rows: Int, _ panel: PanelProduct, _: C.Type
  ) {
    for piece in panel.pieces {
      if let columnSums = panel.columnSums { piece.addColumnSums(to: columnSums, C.self) }
      multiplyRows(rows, piece, C.self)
    }
  }

  /// Cuts the rows into as few tiles as there can be, all of about the same height.
  @inline(__always)
  private static func multiplyRows<C: TileColumns>(
    _ rows: Int, _ panel: PanelProduct, _: C.Type
  ) {
    let tiles = (rows + C.tallestTile - 1) / C.tallestTile
    let height = (rows + tiles - 1) / tiles
    let ofFullHeight = rows - tiles * (height - 1)
    var rest = panel
    for index in 0..<tiles {
      let height = index < ofFullHeight ? height : height - 1
      var tile = rest
      rest = rest.advanced(rows: height)
      let isLast = index + 1 == tiles
      if !isLast { tile.cAhead = rest.c }
      tile.aAhead = (isLast ? panel : rest).a.panel - tile.a.panel
      sumTile(height, tile, C.self)
    }
  }

  @inline(__always)
  private static func sumTile<C: TileColumns>(_ height: Int, _ tile: PanelProduct, _: C.Type) {
    // Tiles that are too tall are not compiled.
    switch height {
    #if !BASELINE_TILES
      case 6 where C.tallestTile >= 6: sum(tile, SixRows<C>.self)
      case 5 where C.tallestTile >= 5: sum(tile, FiveRows<C>.self)
      case 4 where C.tallestTile >= 4: sum(tile, FourRows<C>.self)
      case 3 where C.tallestTile >= 3: sum(tile, ThreeRows<C>.self)
    #endif
    case 2: sum(tile, TwoRows<C>.self)
    default: sum(tile, OneRow<C>.self)
    }
  }

  @inline(__always)
  private static func sum<R: TileRows>(_ tile: PanelProduct, _: R.Type) {
    var sums = R(from: tile.start, row: tile.startRow)
    var (columns, left) = (tile.a, tile.depth)
    var step = ProductStep(of: tile, rows: R.height)
    while left > 0 {
      let run = columns.next(atMost: left)
      step.a = run.address
      // The distance of rows is known in paneled matrices, but the narrowest.
      if tile.bRow == panelWidth {
        step.addAll(run.count, to: &sums, bRow: panelWidth)
      } else {
        step.addAll(run.count, to: &sums, bRow: tile.bRow)
      }
      left -= run.count
    }
    sums.store(
      to: tile.c, row: tile.cRow, start: tile.start, startRow: tile.startRow, scales: tile.scales)
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
  init(of tile: PanelProduct, rows: Int) {
    a = tile.a.panel
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
      sums.endBlock()
    }
    guard depth % 16 > 0 else { return }
    for _ in 0..<depth % 16 { add(to: &sums, bRow: bRow) }
    sums.endBlock()
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
