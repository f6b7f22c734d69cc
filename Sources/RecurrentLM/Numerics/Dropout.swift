import KernelOperands

/// What is left out at random while a network trains, so that it does not learn its text by heart.
public struct Dropout: Equatable, Sendable {
  /// The probability that a hidden state is not handed on, to the next layer or to the output layer
  /// (Zaremba et al. 2014, arXiv:1409.2329).
  public var outputs = 0.0
  /// The probability that a recurrent weight is left out of all steps of a minibatch
  /// (Merity et al. 2018, arXiv:1708.02182).
  public var recurrentWeights = 0.0

  public init(outputs: Double = 0, recurrentWeights: Double = 0) {
    self.outputs = outputs
    self.recurrentWeights = recurrentWeights
  }
}

/// Which elements of a matrix are left out: a function of the seed and of an element's row and column.
struct DropoutMask: Sendable {
  let seed: UInt64
  /// Below 1, that an element is left out.
  let probability: Double
}

extension Matrix {
  /// Sets this to x without the elements that a mask leaves out, the others made larger so that the
  /// expectation stays. x may be this matrix.
  ///
  /// - Parameter firstRow: the row of the mask that belongs to the first row of this.
  func setDropped(_ x: Matrix, by mask: DropoutMask, firstRow: Int = 0) {
    precondition(
      (rows, columns) == (x.rows, x.columns) && columns % 16 == 0 && !isTransposed
        && !x.isTransposed && 0..<1 ~= mask.probability, "matrices of different shapes")
    kernels.dropOut(
      DropoutOperands(
        rows: rows, columns: columns, x: x.base, xRow: x.rowStride, y: base, yRow: rowStride,
        seed: mask.seed, firstRow: firstRow, threshold: Int32(mask.probability * 0x1p31),
        scale: Float(1 / (1 - mask.probability))))
  }
}
