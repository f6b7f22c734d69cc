/// A matrix as a product sees it: row-major, or in panels, runs of up to 64 columns that lie together,
/// row after row. Distances are in floats.
public struct ProductMatrix<Pointer> {
  public var base: Pointer
  /// From a row to the next, within a panel.
  public var rowStride: Int
  /// From a panel to the next; 64 where the whole matrix is row-major.
  public var panelStride: Int

  @inlinable
  public init(base: Pointer, rowStride: Int, panelStride: Int) {
    self.base = base
    self.rowStride = rowStride
    self.panelStride = panelStride
  }
}

/// One product C = S + A B: C (M, N), A (M, K), B (K, N).
///
/// The elements of A and B are floats, or pairs of bfloat16 or quads of int8 in the place of a float: two or
/// four columns of A, as many rows of B.
///
/// N is a multiple of 16. Where C and B lie in panels, their panels have the same columns.
public struct ProductOperands {
  /// M.
  public var rows: Int
  /// N.
  public var columns: Int
  /// K.
  public var depth: Int
  /// Columns of a panel of B and C, at most 64; the last panel has what is left.
  public var panelColumns: Int
  public var a: ProductMatrix<UnsafePointer<Float>>
  /// Columns of one of A's panels; K where A is row-major.
  public var aPanelColumns: Int
  /// Columns of one of A's blocks, each of which starts a new panel; K where A is row-major.
  public var aBlockColumns: Int
  public var b: ProductMatrix<UnsafePointer<Float>>
  /// S, where the sum starts: C itself, or one row for all (a row stride of 0); nil: zero.
  public var start: ProductMatrix<UnsafePointer<Float>>?
  public var c: ProductMatrix<UnsafeMutablePointer<Float>>
  /// (1, N) becomes the sum of B's rows unless nil: the gradient of a bias beside its weights'.
  public var columnSums: UnsafeMutablePointer<Float>?
  /// What sums of integers are multiplied with: a row that lies in the panels of B; nil elsewhere.
  public var scales: UnsafePointer<Float>?

  @inlinable
  public init(
    rows: Int, columns: Int, depth: Int, panelColumns: Int,
    a: ProductMatrix<UnsafePointer<Float>>, aPanelColumns: Int, aBlockColumns: Int,
    b: ProductMatrix<UnsafePointer<Float>>, start: ProductMatrix<UnsafePointer<Float>>?,
    c: ProductMatrix<UnsafeMutablePointer<Float>>, columnSums: UnsafeMutablePointer<Float>?,
    scales: UnsafePointer<Float>? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.depth = depth
    self.panelColumns = panelColumns
    self.a = a
    self.aPanelColumns = aPanelColumns
    self.aBlockColumns = aBlockColumns
    self.b = b
    self.start = start
    self.c = c
    self.columnSums = columnSums
    self.scales = scales
  }
}
