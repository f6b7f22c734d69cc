import CSIMD

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Softmax and cross entropy, row by row:  P = exp(X - max X) / Σ exp(X - max X),
// loss = -log P[target],  dX = (P - onehot(target)) · scale.

extension VectorKernels {
  /// Replaces each row of logits X by dX, and writes each row's loss in nats.
  ///
  /// X lies in strips of 64 columns. `classes` may be any number; the floats of a row from there to
  /// the next multiple of 16 are padding, which may be overwritten and is zero afterwards.
  public static func softmaxCrossEntropy(
    rows: Int, classes: Int, x: UnsafeMutablePointer<Float>, xRow: Int, xStrip: Int,
    targets: UnsafePointer<Int32>, scale: Float, losses: UnsafeMutablePointer<Float>
  ) {
    let padded = (classes + 15) / 16 * 16
    for row in 0..<rows {
      let x = StripedRow(base: x + row * xRow, nextRow: xRow, nextStrip: xStrip)
      let target = x.address(Int(targets[row]))
      for i in classes..<padded { x.address(i).pointee = -.infinity }
      let largest = maximum(x, padded)
      let targetLogit = target.pointee
      let total = exponentials(x, padded, minus: largest)
      // In this order small losses among large logits keep their digits.
      losses[row] = logf(total) + (largest - targetLogit)
      let factor = Vector(repeating: scale / total)
      for i in stride(from: 0, to: padded, by: 16) {
        (Vector(at: x.address(i)) * factor).store(to: x.address(i))
      }
      target.pointee -= scale
      for i in classes..<padded { x.address(i).pointee = 0 }
    }
  }

  @inline(__always)
  private static func maximum(_ x: StripedRow, _ count: Int) -> Float {
    var largest = Vector(at: x.address(0))
    for i in stride(from: 16, to: count, by: 16) {
      largest = Vector(at: x.address(i)).raised(to: largest)
    }
    return largest.max()
  }

  /// Replaces x by e^(x - largest) and returns the sum.
  @inline(__always)
  private static func exponentials(_ x: StripedRow, _ count: Int, minus largest: Float) -> Float {
    var total = Vector()
    for i in stride(from: 0, to: count, by: 16) {
      x.fetchNextRow(i)
      let power = exponential(Vector(at: x.address(i)) - largest)
      power.store(to: x.address(i))
      total += power
    }
    return total.sum()
  }
}

/// A row whose columns lie in strips.
private struct StripedRow {
  let base: UnsafeMutablePointer<Float>
  /// The distance to the next row, and from a strip to the next.
  let nextRow, nextStrip: Int

  @inline(__always)
  func address(_ column: Int) -> UnsafeMutablePointer<Float> {
    base + column / VectorKernels.stripWidth * nextStrip + column % VectorKernels.stripWidth
  }

  /// Starts to bring the same column of the next row: the strips of a large vocabulary are more places
  /// than the processor follows by itself.
  @inline(__always)
  func fetchNextRow(_ column: Int) { csimd_prefetch(address(column) + nextRow) }
}
