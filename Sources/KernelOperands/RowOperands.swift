/// Rows of a table that tokens pick, and the matrix with one row a token: a product of one-hot rows
/// with the table.
public struct RowLookup {
  /// Tokens.
  public var rows: Int
  /// A multiple of 16.
  public var columns: Int
  /// (rows) each the number of a row of the table.
  public var tokens: UnsafePointer<Int32>
  public var table: UnsafeMutablePointer<Float>
  /// From a row to the next, in floats.
  public var tableRow: Int
  /// (1, columns) added to every row; nil: nothing.
  public var bias: UnsafeMutablePointer<Float>?
  /// (rows, columns)
  public var y: UnsafeMutablePointer<Float>
  public var yRow: Int

  @inlinable
  public init(
    rows: Int, columns: Int, tokens: UnsafePointer<Int32>, table: UnsafeMutablePointer<Float>,
    tableRow: Int, bias: UnsafeMutablePointer<Float>?, y: UnsafeMutablePointer<Float>, yRow: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.tokens = tokens
    self.table = table
    self.tableRow = tableRow
    self.bias = bias
    self.y = y
    self.yRow = yRow
  }
}

/// Rows of logits, in panels of 64 columns, with the class that each should have given.
public struct CrossEntropyOperands {
  public var rows: Int
  /// Any number; the floats of a row up to the next multiple of 16 are padding.
  public var classes: Int
  /// Logits, which become the gradient of `scale` times their loss.
  public var x: UnsafeMutablePointer<Float>
  public var xRow: Int
  public var xPanel: Int
  /// (rows)
  public var targets: UnsafePointer<Int32>
  public var scale: Float
  /// (rows) becomes the losses, in nats.
  public var losses: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    rows: Int, classes: Int, x: UnsafeMutablePointer<Float>, xRow: Int, xPanel: Int,
    targets: UnsafePointer<Int32>, scale: Float, losses: UnsafeMutablePointer<Float>
  ) {
    self.rows = rows
    self.classes = classes
    self.x = x
    self.xRow = xRow
    self.xPanel = xPanel
    self.targets = targets
    self.scale = scale
    self.losses = losses
  }
}

/// The factors of one Adam update (Kingma and Ba 2015, arXiv:1412.6980).
public struct AdamFactors {
  /// What clipping leaves of the gradient.
  public var scale: Float
  /// The learning rate times the bias correction 1 / (1 - β1^t).
  public var rate: Float
  /// The bias correction 1 / √(1 - β2^t).
  public var rootCorrection: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  /// What weight decay leaves of a parameter; 1: all.
  public var decay: Float

  @inlinable
  public init(
    scale: Float, rate: Float, rootCorrection: Float, beta1: Float, beta2: Float, epsilon: Float,
    decay: Float
  ) {
    self.scale = scale
    self.rate = rate
    self.rootCorrection = rootCorrection
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.decay = decay
  }
}
