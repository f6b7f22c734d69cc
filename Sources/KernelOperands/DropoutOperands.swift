/// A matrix some elements of which are set to zero, drawn by a hash of their row and column.
public struct DropoutOperands {
  public var rows: Int
  /// A multiple of 16.
  public var columns: Int
  /// (rows, columns)
  public var x: UnsafePointer<Float>
  public var xRow: Int
  /// (rows, columns), which may be x.
  public var y: UnsafeMutablePointer<Float>
  public var yRow: Int
  /// Which mask it is: equal seeds give equal masks.
  public var seed: UInt64
  /// The row of the mask that belongs to the first row here.
  public var firstRow: Int
  /// Of 2^31 equally likely hashes, how many set an element to zero.
  public var threshold: Int32
  /// What the elements that stay are multiplied by.
  public var scale: Float

  @inlinable
  public init(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int, seed: UInt64, firstRow: Int, threshold: Int32, scale: Float
  ) {
    self.rows = rows
    self.columns = columns
    self.x = x
    self.xRow = xRow
    self.y = y
    self.yRow = yRow
    self.seed = seed
    self.firstRow = firstRow
    self.threshold = threshold
    self.scale = scale
  }
}
