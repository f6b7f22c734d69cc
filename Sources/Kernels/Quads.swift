// Quads of int8, the operands of products in that precision: four neighbouring columns of a left factor, four
// neighbouring rows of a right one. A value is an integer of ±127 times a scale: one for all of a left
// factor, one for each column of a right factor.

import CSIMD
import KernelOperands

extension VectorKernels {
  /// Rounds floats times `scale` to quads of columns, none beyond ±127; what is not a number becomes one of
  /// those, and shows in the other states. Where `y` is `x`, a row of quads takes
  /// the first quarter of the row of floats.
  ///
  /// - Parameter columns: of x, a multiple of 16.
  public static func roundToQuads(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int, scale: Float
  ) {
    for row in 0..<rows {
      let (from, to) = (x + row * xRow, y + row * yRow)
      for i in stride(from: 0, to: columns, by: 16) {
        csimd_round_to_quads(Vector(at: from + i) * scale, to + i / 4)
      }
    }
  }

  /// Rounds floats to quads of rows, each column by a scale of its own, with which its largest element
  /// becomes ±127.
  ///
  /// - Parameters:
  ///   - rows: of x, a multiple of 4.
  ///   - columns: a multiple of 16, at most 64.
  ///   - scales: (columns) becomes what sums of integers are to be multiplied with.
  ///   - unit: what 1 in the left factor stands for.
  public static func roundToRowQuads(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int, scales: UnsafeMutablePointer<Float>, unit: Float
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * 4) { quads in
      guard let quads = quads.baseAddress else { return }
      for column in stride(from: 0, to: columns, by: 16) {
        let largest = largestMagnitudes(rows: rows, x + column, row: xRow)
        let isZero = largest .== 0
        let factors = (127 / largest).replacing(with: 0, where: isZero)
        (largest * (unit / 127)).store(to: scales + column)
        for row in stride(from: 0, to: rows, by: 4) {
          for i in 0..<4 {
            csimd_round_to_quads(Vector(at: x + (row + i) * xRow + column) * factors, quads + 4 * i)
          }
          interleaveBytes(quads, y + row / 4 * yRow + column)
        }
      }
    }
  }

  /// Of sixteen columns.
  @inline(__always)
  private static func largestMagnitudes(
    rows: Int, _ x: UnsafePointer<Float>, row: Int
  ) -> Vector {
    var largest = Vector()
    for index in 0..<rows {
      let value = Vector(at: x + index * row)
      // In this order, for what is not a number stays so.
      largest = largest.max(value.max(-value)).replacing(with: value, where: value .!= value)
    }
    return largest
  }

  /// From four rows of sixteen bytes to sixteen columns of four.
  @inline(__always)
  private static func interleaveBytes(
    _ rows: UnsafePointer<Float>, _ columns: UnsafeMutablePointer<Float>
  ) {
    let (from, to) = (UnsafeRawPointer(rows), UnsafeMutableRawPointer(columns))
    for column in 0..<16 {
      for row in 0..<4 {
        to.storeBytes(
          of: from.load(fromByteOffset: 16 * row + column, as: UInt8.self),
          toByteOffset: 4 * column + row, as: UInt8.self)
      }
    }
  }
}
