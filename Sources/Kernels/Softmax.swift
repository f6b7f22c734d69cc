import CSIMD
import KernelOperands

// Softmax and cross entropy, row by row:  P = exp(X - max X) / Σ exp(X - max X),
// loss = -log P[target],  dX = (P - onehot(target)) · scale.

extension VectorKernels {
  /// Replaces each row of logits X by dX, and writes each row's loss in nats. The padding of X is zero
  /// afterwards.
  public static func softmaxCrossEntropy(_ operands: CrossEntropyOperands) {
    let (classes, scale) = (operands.classes, operands.scale)
    let padded = (classes + 15) / 16 * 16
    for row in 0..<operands.rows {
      let x = PaneledRow(
        base: operands.x + row * operands.xRow, nextRow: operands.xRow,
        nextPanel: operands.xPanel)
      let target = x.address(Int(operands.targets[row]))
      for i in classes..<padded { x.address(i).pointee = -.infinity }
      let largest = maximum(x, padded)
      let targetLogit = target.pointee
      let total = exponentials(x, padded, minus: largest)
      // In this order small losses among large logits keep their digits.
      operands.losses[row] = csimd_log(total) + (largest - targetLogit)
      let factor = Vector(repeating: scale / total)
      for i in stride(from: 0, to: padded, by: 16) {
        (Vector(at: x.address(i)) * factor).store(to: x.address(i))
      }
      target.pointee -= scale
      for i in classes..<padded { x.address(i).pointee = 0 }
    }
  }

  @inline(__always)
  private static func maximum(_ x: PaneledRow, _ count: Int) -> Float {
    var largest = Vector(at: x.address(0))
    for i in stride(from: 16, to: count, by: 16) {
      largest = Vector(at: x.address(i)).max(largest)
    }
    return largest.max()
  }

  /// Replaces x by e^(x - largest) and returns the sum.
  @inline(__always)
  private static func exponentials(_ x: PaneledRow, _ count: Int, minus largest: Float) -> Float {
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

/// A row whose columns lie in panels.
private struct PaneledRow {
  let base: UnsafeMutablePointer<Float>
  /// The distance to the next row, and from a panel to the next.
  let nextRow, nextPanel: Int

  @inline(__always)
  func address(_ column: Int) -> UnsafeMutablePointer<Float> {
    base + column / VectorKernels.panelWidth * nextPanel + column % VectorKernels.panelWidth
  }

  /// Starts to bring the same column of the next row: the panels of a large vocabulary are more places
  /// than the processor follows by itself.
  @inline(__always)
  func fetchNextRow(_ column: Int) { csimd_prefetch(address(column) + nextRow) }
}
