// Sums in blocks, as the tiles of AMX make them: over sixteen pairs, the products of the first elements are
// added up, and those of the second ones; then both are added to the result. An element of C is the same whether
// tiles make it or vectors, which take longer.

import CSIMD
import KernelOperands

/// Sixteen columns of sums. The sums of a block wait in `first` and `second`.
struct PairBlockColumns16: VectorColumns {
  var v: Vector
  private var first = Vector()
  private var second = Vector()

  @inline(__always) init(v: Vector) { self.v = v }
  static var one: Float { PairColumns16.one }
  static var tallestTile: Int {
    #if WIDE_TILES
      2
    #else
      1
    #endif
  }
  @inline(__always) mutating func add(_ a: Float, times b: PairBlockColumns16) {
    csimd_add_pair_products_apart(Vector(repeating: a), b.v, &first, &second)
  }
  @inline(__always) mutating func endBlock() {
    v += first + second
    (first, second) = (Vector(), Vector())
  }
}

extension VectorKernels {
  /// C = S + A B, and `columnSums` if they are asked for, where A and B hold pairs, whose products are summed
  /// in blocks; `depth` counts pairs. The calling thread must flush subnormal numbers.
  public static func multiplyPairBlocks(_ product: ProductOperands) {
    #if AMX
      // One row alone leaves fifteen sixteenths of a tile empty.
      if product.rows > 1 { return multiplyInTiles(product) }
    #endif
    multiply(product, PairBlockColumns16.self)
  }

  /// Whether `multiplyPairBlocks` gives, bit for bit, what vectors give.
  public static var pairBlocksAreAsDefined: Bool {
    let size = 16 * 16
    let mode = csimd_float_mode()
    csimd_flush_subnormals()
    defer { csimd_set_float_mode(mode) }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * size) { memory in
      guard let a = memory.baseAddress else { return false }
      memory.initialize(repeating: 0)
      let (b, c, defined) = (a + size, a + 2 * size, a + 3 * size)
      var word: UInt64 = 0
      for round in 0..<16 {
        for row in 0..<32 { Vector(pairsDrawnFrom: &word).store(to: a + row * 16) }
        // From zero again and with one pair, so that sums are small where factors are.
        let isSmall = round % 2 == 0
        if isSmall { c.update(repeating: 0, count: 2 * size) }
        let depth = isSmall ? 1 : 16
        multiplyPairBlocks(ProductOperands(adding: a, times: b, depth: depth, to: c))
        multiply(
          ProductOperands(adding: a, times: b, depth: depth, to: defined), PairBlockColumns16.self)
        for i in 0..<size where c[i].bitPattern != defined[i].bitPattern { return false }
      }
      return true
    }
  }
}

extension ProductOperands {
  /// C = C + A B, where rows of 16 lie without gaps.
  fileprivate init(
    adding a: UnsafePointer<Float>, times b: UnsafePointer<Float>, depth: Int,
    to c: UnsafeMutablePointer<Float>
  ) {
    self.init(
      rows: 16, columns: 16, depth: depth, panelColumns: 16,
      a: ProductMatrix(base: a, rowStride: 16, panelStride: 16), aPanelColumns: depth,
      aBlockColumns: depth, b: ProductMatrix(base: b, rowStride: 16, panelStride: 16),
      start: ProductMatrix(base: UnsafePointer(c), rowStride: 16, panelStride: 16),
      c: ProductMatrix(base: c, rowStride: 16, panelStride: 16), columnSums: nil)
  }
}

#if AMX
  extension VectorKernels {
    /// By the tiles of AMX, each of up to 16 rows of 16 floats or pairs. Four hold sums: of 17 to 32 rows and
    /// 32 columns, or of up to 16 rows and 64 columns.
    private static func multiplyInTiles(_ product: ProductOperands) {
      addColumnSums(product)
      let full = product.rows / TileShape.mostRows * TileShape.mostRows
      multiplyInTiles(0..<full, of: product)
      multiplyInTiles(full..<product.rows, of: product)
      csimd_release_tiles()
    }

    /// Some rows, in tiles of one shape: setting a shape takes longer than some products.
    private static func multiplyInTiles(_ rows: Range<Int>, of product: ProductOperands) {
      guard !rows.isEmpty else { return }
      let shape = TileShape(rows: min(rows.count, TileShape.mostRows))
      csimd_set_tile_rows(Int32(shape.upperRows), Int32(shape.lowerRows))
      var panel = PanelProduct(product).advanced(rows: rows.lowerBound)
      for first in stride(from: 0, to: product.columns, by: product.panelColumns) {
        let columns = min(product.panelColumns, product.columns - first)
        for piece in panel.pieces { multiplyPanel(rows.count, columns, piece, shape) }
        panel = panel.nextPanel(columns: product.panelColumns)
      }
    }

    private static func addColumnSums(_ product: ProductOperands) {
      guard let columnSums = product.columnSums else { return }
      columnSums.update(repeating: 0, count: product.columns)
      var panel = PanelProduct(product)
      for first in stride(from: 0, to: product.columns, by: product.panelColumns) {
        let end = min(first + product.panelColumns, product.columns)
        for piece in panel.pieces {
          for column in stride(from: first, to: end, by: 16) {
            piece.advanced(columns: column - first)
              .addColumnSums(to: columnSums + column, PairBlockColumns16.self)
          }
        }
        panel = panel.nextPanel(columns: product.panelColumns)
      }
    }

    private static func multiplyPanel(
      _ rows: Int, _ columns: Int, _ panel: PanelProduct, _ shape: TileShape
    ) {
      // A comes from farther away than this panel of B, so its rows are taken once.
      for row in stride(from: 0, to: rows, by: shape.rows) {
        for column in stride(from: 0, to: columns, by: shape.columns) {
          sumInTiles(
            panel.advanced(rows: row).advanced(columns: column), shape,
            columnTiles: min(shape.columns, columns - column) / 16)
        }
      }
    }

    private static func sumInTiles(_ tile: PanelProduct, _ shape: TileShape, columnTiles: Int) {
      let isTall = shape.lowerRows > 0
      let count = Int32(columnTiles)
      csimd_start_tiles(isTall, count, tile.start, tile.startRow)
      var (columns, left, b) = (tile.a, tile.depth, tile.b)
      while left > 0 {
        var (a, length) = columns.next(atMost: left)
        left -= length
        while length >= TileShape.depth {
          csimd_add_tile_products(isTall, count, a, tile.aRow, b, tile.bRow)
          a += TileShape.depth
          b += TileShape.depth * tile.bRow
          length -= TileShape.depth
        }
        if length > 0 {
          csimd_add_short_tile_products(
            isTall, count, a, tile.aRow, b, tile.bRow, length, shape.rows)
          b += length * tile.bRow
        }
      }
      csimd_store_tiles(isTall, count, tile.c, tile.cRow)
    }
  }

  /// How four tiles of sums lie: two above two, or side by side.
  private struct TileShape {
    let upperRows: Int
    let lowerRows: Int

    static var mostRows: Int { 32 }
    /// Pairs of a block.
    static var depth: Int { 16 }

    init(rows: Int) {
      upperRows = min(rows, 16)
      lowerRows = rows - upperRows
    }

    var rows: Int { upperRows + lowerRows }
    var columns: Int { lowerRows > 0 ? 32 : 64 }
  }
#endif
