import CSIMD

// A tile is what a matrix product keeps in registers: some rows of C, each of 16, 32 or 64 columns.
// Both sides are put together from halves, so that one loop makes tiles of every size.

/// Some columns of one row of a tile. The elements of A and B are floats, or pairs of bfloat16 or quads of
/// int8 that lie in the place of a float.
protocol TileColumns {
  static var width: Int { get }
  /// Rows of the tallest tile whose sums stay in registers.
  static var tallestTile: Int { get }
  /// What the elements of B are multiplied with to be summed.
  static var one: Float { get }
  /// Some columns of B, or of the sums of its rows.
  init(at address: UnsafePointer<Float>)
  /// Sums of no products, and what they start from, unless it is added at the end.
  init(start: UnsafePointer<Float>?)
  /// Starts to bring all of them into the first-level cache.
  static func prefetch(_ address: UnsafePointer<Float>)
  mutating func add(_ a: Float, times b: Self)
  /// Ends a block of 16 additions, or of fewer where a run of A's columns ends.
  mutating func endBlock()
  /// - Parameters:
  ///   - start: what the sums started from.
  ///   - scales: of sums of integers.
  func store(
    to address: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>?,
    scales: UnsafePointer<Float>?)
}

/// A vector of sums, or of elements of B.
protocol VectorColumns: TileColumns {
  var v: Vector { get set }
  init(v: Vector)
}

extension VectorColumns {
  static var width: Int { 16 }
  static var tallestTile: Int {
    #if BASELINE_TILES
      2
    #elseif NARROW_TILES
      // Pairs and quads that are taken apart need some registers.
      4
    #else
      6
    #endif
  }
  @inline(__always) init(at address: UnsafePointer<Float>) { self.init(v: Vector(at: address)) }
  @inline(__always) init(start: UnsafePointer<Float>?) { self.init(v: Vector(start: start)) }
  @inline(__always) static func prefetch(_ address: UnsafePointer<Float>) {
    csimd_prefetch(address)
  }
  @inline(__always) mutating func endBlock() {}
  @inline(__always) func store(
    to address: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>?,
    scales: UnsafePointer<Float>?
  ) { v.store(to: address) }
}

struct Columns16: VectorColumns {
  var v: Vector

  #if NARROW_TILES
    static var tallestTile: Int { 6 }
  #endif
  static var one: Float { 1 }
  @inline(__always) mutating func add(_ a: Float, times b: Columns16) {
    v = v.adding(Vector(repeating: a), times: b.v)
  }
}

/// The same for pairs: each step adds two products.
struct PairColumns16: VectorColumns {
  var v: Vector

  static var one: Float { Float(bitPattern: 0x3F80_3F80) }
  @inline(__always) mutating func add(_ a: Float, times b: PairColumns16) {
    csimd_add_pair_products(Vector(repeating: a), b.v, &v)
  }
}

/// The same for quads: each step adds four products, as integers.
struct QuadColumns16: VectorColumns {
  var v: Vector

  static var one: Float { Float(bitPattern: 0x0101_0101) }
  @inline(__always) init(v: Vector) { self.v = v }
  @inline(__always) init(start: UnsafePointer<Float>?) { self.init(v: Vector()) }
  @inline(__always) mutating func add(_ a: Float, times b: QuadColumns16) {
    csimd_add_quad_products(Vector(repeating: a), b.v, &v)
  }
  @inline(__always) func store(
    to address: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>?,
    scales: UnsafePointer<Float>?
  ) {
    var sum = Vector(start: start)
    if let scales { csimd_add_scaled_integers(v, Vector(at: scales), &sum) }
    sum.store(to: address)
  }
}

struct Paired<Half: TileColumns>: TileColumns {
  var low, high: Half

  @inline(__always) static var width: Int { 2 * Half.width }
  @inline(__always) static var tallestTile: Int { Half.tallestTile }
  @inline(__always) static var one: Float { Half.one }
  @inline(__always) init(at address: UnsafePointer<Float>) {
    low = Half(at: address)
    high = Half(at: address + Half.width)
  }
  @inline(__always) init(start: UnsafePointer<Float>?) {
    low = Half(start: start)
    high = Half(start: start.map { $0 + Half.width })
  }
  @inline(__always) static func prefetch(_ address: UnsafePointer<Float>) {
    Half.prefetch(address)
    Half.prefetch(address + Half.width)
  }
  @inline(__always) mutating func add(_ a: Float, times b: Paired) {
    low.add(a, times: b.low)
    high.add(a, times: b.high)
  }
  @inline(__always) mutating func endBlock() {
    low.endBlock()
    high.endBlock()
  }
  @inline(__always) func store(
    to address: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>?,
    scales: UnsafePointer<Float>?
  ) {
    low.store(to: address, start: start, scales: scales)
    high.store(
      to: address + Half.width, start: start.map { $0 + Half.width },
      scales: scales.map { $0 + Half.width })
  }
}

typealias Columns32<Narrow: TileColumns> = Paired<Narrow>
typealias Columns64<Narrow: TileColumns> = Paired<Columns32<Narrow>>

/// The sums of a tile: some rows of `Columns`.
protocol TileRows {
  associatedtype Columns: TileColumns
  static var height: Int { get }
  /// From the rows at `start`, or from zero.
  init(from start: UnsafePointer<Float>?, row: Int)
  /// Starts to bring one cache line of each row of A.
  static func prefetchLine(_ a: UnsafePointer<Float>, row: Int)
  /// Adds the products of a column of A and a row of B.
  mutating func add(_ a: UnsafePointer<Float>, row: Int, times b: Columns)
  mutating func endBlock()
  /// Hands each row to `Columns.store`.
  func store(
    to address: UnsafeMutablePointer<Float>, row: Int, start: UnsafePointer<Float>?, startRow: Int,
    scales: UnsafePointer<Float>?)
}

struct OneRow<Columns: TileColumns>: TileRows {
  var sums: Columns

  static var height: Int { 1 }
  @inline(__always) static func prefetchLine(_ a: UnsafePointer<Float>, row: Int) {
    csimd_prefetch(a)
  }
  @inline(__always) init(from start: UnsafePointer<Float>?, row: Int) {
    sums = Columns(start: start)
  }
  @inline(__always) mutating func add(_ a: UnsafePointer<Float>, row: Int, times b: Columns) {
    sums.add(a[0], times: b)
  }
  @inline(__always) mutating func endBlock() { sums.endBlock() }
  @inline(__always) func store(
    to address: UnsafeMutablePointer<Float>, row: Int, start: UnsafePointer<Float>?, startRow: Int,
    scales: UnsafePointer<Float>?
  ) {
    sums.store(to: address, start: start, scales: scales)
  }
}

struct Stacked<Upper: TileRows, Lower: TileRows>: TileRows where Upper.Columns == Lower.Columns {
  var upper: Upper
  var lower: Lower

  @inline(__always) static var height: Int { Upper.height + Lower.height }
  @inline(__always) static func prefetchLine(_ a: UnsafePointer<Float>, row: Int) {
    Upper.prefetchLine(a, row: row)
    Lower.prefetchLine(a + Upper.height * row, row: row)
  }
  @inline(__always) init(from start: UnsafePointer<Float>?, row: Int) {
    upper = Upper(from: start, row: row)
    lower = Lower(from: start.map { $0 + Upper.height * row }, row: row)
  }
  @inline(__always) mutating func add(
    _ a: UnsafePointer<Float>, row: Int, times b: Upper.Columns
  ) {
    upper.add(a, row: row, times: b)
    lower.add(a + Upper.height * row, row: row, times: b)
  }
  @inline(__always) mutating func endBlock() {
    upper.endBlock()
    lower.endBlock()
  }
  @inline(__always) func store(
    to address: UnsafeMutablePointer<Float>, row: Int, start: UnsafePointer<Float>?, startRow: Int,
    scales: UnsafePointer<Float>?
  ) {
    upper.store(to: address, row: row, start: start, startRow: startRow, scales: scales)
    lower.store(
      to: address + Upper.height * row, row: row,
      start: start.map { $0 + Upper.height * startRow }, startRow: startRow, scales: scales)
  }
}

typealias TwoRows<C: TileColumns> = Stacked<OneRow<C>, OneRow<C>>
typealias ThreeRows<C: TileColumns> = Stacked<TwoRows<C>, OneRow<C>>
typealias FourRows<C: TileColumns> = Stacked<TwoRows<C>, TwoRows<C>>
typealias FiveRows<C: TileColumns> = Stacked<FourRows<C>, OneRow<C>>
typealias SixRows<C: TileColumns> = Stacked<FourRows<C>, TwoRows<C>>
