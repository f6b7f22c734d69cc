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
  /// `classes` may be any number; the floats of a row from there to the next multiple of 16 are
  /// padding, which may be overwritten and is zero afterwards.
  public static func softmaxCrossEntropy(
    rows: Int, classes: Int, x: UnsafeMutablePointer<Float>, xRow: Int,
    targets: UnsafePointer<Int32>, scale: Float, losses: UnsafeMutablePointer<Float>
  ) {
    let padded = (classes + 15) / 16 * 16
    for row in 0..<rows {
      let x = x + row * xRow
      let target = Int(targets[row])
      for i in classes..<padded { x[i] = -.infinity }
      let largest = maximum(x, padded)
      let targetLogit = x[target]
      let total = exponentials(x, padded, minus: largest)
      // In this order small losses among large logits keep their digits.
      losses[row] = logf(total) + (largest - targetLogit)
      let factor = Vector(repeating: scale / total)
      for i in stride(from: 0, to: padded, by: 16) {
        (Vector(at: x + i) * factor).store(to: x + i)
      }
      x[target] -= scale
      for i in classes..<padded { x[i] = 0 }
    }
  }

  @inline(__always)
  private static func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var largest = Vector(at: x)
    for i in stride(from: 16, to: count, by: 16) {
      largest = csimd_at_least(largest, Vector(at: x + i))
    }
    return largest.max()
  }

  /// Replaces x by e^(x - largest) and returns the sum.
  @inline(__always)
  private static func exponentials(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, minus largest: Float
  ) -> Float {
    var total = Vector()
    for i in stride(from: 0, to: count, by: 16) {
      let power = exponential(Vector(at: x + i) - largest)
      power.store(to: x + i)
      total += power
    }
    return total.sum()
  }
}
