// Products of pairs of bfloat16 whose sums are made in blocks, as AMX makes them: of sixteen pairs, a tile of
// its registers, the first ones are summed, and the second ones; then both sums go to the result. So an
// element of C is the same whether tiles multiply it or the vectors below, which do it more slowly.

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
    csimd_add_products_of_pairs(Vector(repeating: a), b.v, &first, &second)
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
    let (rows, columns, depth) = (3, 16, 40)
    var word: UInt64 = 0
    func drawn(_ count: Int) -> [Float] {
      (0..<count / 16).flatMap { _ -> [Float] in
        let pairs = Vector(pairsDrawnFrom: &word)
        return pairs.indices.map { pairs[$0] }
      }
    }
    let (a, b) = (drawn(rows * 48), drawn(depth * columns))
    func result(_ multiply: (ProductOperands) -> Void) -> [UInt32] {
      var c = [Float](repeating: 0, count: rows * columns)
      c.withUnsafeMutableBufferPointer { c in
        a.withUnsafeBufferPointer { a in
          b.withUnsafeBufferPointer { b in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            multiply(
              ProductOperands(
                rows: rows, columns: columns, depth: depth, panelColumns: columns,
                a: ProductMatrix(base: a, rowStride: 48, panelStride: 64), aPanelColumns: depth,
                aBlockColumns: depth,
                b: ProductMatrix(base: b, rowStride: columns, panelStride: 64), start: nil,
                c: ProductMatrix(base: c, rowStride: columns, panelStride: 64), columnSums: nil))
          }
        }
      }
      return c.map(\.bitPattern)
    }
    let mode = csimd_float_mode()
    csimd_flush_subnormals()
    defer { csimd_set_float_mode(mode) }
    return result(multiplyPairBlocks) == result { multiply($0, PairBlockColumns16.self) }
  }
}

#if AMX
  extension VectorKernels {
    /// By the tiles of AMX, each of up to 16 rows of 16 floats or pairs. Four hold sums: of 32 rows and 32
    /// columns, or of fewer rows, down to the last, and 64 columns.
    private static func multiplyInTiles(_ product: ProductOperands) {
      addColumnSums(product)
      let full = product.rows / TileShape.mostRows * TileShape.mostRows
      multiplyInTiles(0..<full, of: product)
      multiplyInTiles(full..<product.rows, of: product)
      csimd_release_tiles()
    }

    /// Some rows, in tiles of the same shape: to set it takes longer than some products.
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
          addShortBlock(length, a, b, tile, shape, columnTiles: columnTiles)
          b += length * tile.bRow
        }
      }
      csimd_store_tiles(isTall, count, tile.c, tile.cRow)
    }

    /// A block of fewer pairs, filled up with zeros.
    private static func addShortBlock(
      _ length: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
      _ tile: PanelProduct, _ shape: TileShape, columnTiles: Int
    ) {
      let (aSize, bRow) = (TileShape.mostRows * TileShape.depth, 16 * columnTiles)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: aSize + TileShape.depth * bRow) {
        guard let filledA = $0.baseAddress else { return }
        $0.initialize(repeating: 0)
        let filledB = filledA + aSize
        for row in 0..<shape.rows {
          (filledA + row * TileShape.depth).update(from: a + row * tile.aRow, count: length)
        }
        for row in 0..<length {
          (filledB + row * bRow).update(from: b + row * tile.bRow, count: bRow)
        }
        csimd_add_tile_products(
          shape.lowerRows > 0, Int32(columnTiles), filledA, TileShape.depth, filledB, bRow)
      }
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
