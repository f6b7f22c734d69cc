import KernelOperands

extension VectorKernels {
  /// y = x ⊙ m · scale, with m 0 or 1 (Srivastava et al. 2014, JMLR 15:1929).
  ///
  /// The mask m is nowhere stored: each of its elements is a hash of seed, row and column, so that the
  /// way back finds the same mask, and so does every division of the matrix among threads.
  public static func dropOut(_ operands: DropoutOperands) {
    let lanes = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    for row in 0..<operands.rows {
      let place = UInt64(operands.firstRow + row) &+ 1
      let seed = UInt32(
        truncatingIfNeeded: mixed(operands.seed &+ place &* 0x9E37_79B9_7F4A_7C15))
      let x = operands.x + row * operands.xRow
      let y = operands.y + row * operands.yRow
      for i in stride(from: 0, to: operands.columns, by: 16) {
        let hash = hashed(seed &+ (lanes &+ UInt32(i)) &* 0x9E37_79B9)
        // All bits are set where the difference is negative. A comparison of lanes is not one instruction.
        let drops = (unsafeBitCast(hash &>> 1, to: SIMD16<Int32>.self) &- operands.threshold) &>> 31
        let scaled = unsafeBitCast(Vector(at: x + i) * operands.scale, to: SIMD16<Int32>.self)
        unsafeBitCast(scaled & ~drops, to: Vector.self).store(to: y + i)
      }
    }
  }

  /// Words each of whose bits depends on all bits of its own: lowbias32, which Chris Wellons found in a
  /// search for the least bias (<https://nullprogram.com/blog/2018/07/31/>).
  @inline(__always)
  private static func hashed(_ words: SIMD16<UInt32>) -> SIMD16<UInt32> {
    var words = words
    words = (words ^ (words &>> 16)) &* 0x7FEB_352D
    words = (words ^ (words &>> 15)) &* 0x846C_A68B
    return words ^ (words &>> 16)
  }
}
