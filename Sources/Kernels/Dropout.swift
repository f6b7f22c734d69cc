import KernelOperands

extension VectorKernels {
  /// y = x ⊙ m · scale, with m 0 or 1 (Srivastava et al. 2014, JMLR 15:1929).
  ///
  /// The mask m is nowhere stored: each of its elements is a hash of seed, row and column, so that the
  /// way back finds the same mask, and so does every division of the matrix among threads.
  public static func dropOut(_ operands: DropoutOperands) {
    let lanes = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    for row in 0..<operands.rows {
      let seed = mixed(operands.seed, row: UInt64(operands.firstRow + row))
      let x = operands.x + row * operands.xRow
      let y = operands.y + row * operands.yRow
      for i in stride(from: 0, to: operands.columns, by: 16) {
        let hash = mixed(seed &+ (lanes &+ UInt32(i)) &* 0x9E37_79B9)
        let drops = unsafeBitCast(hash &>> 1, to: SIMD16<Int32>.self) .< operands.threshold
        let scaled = Vector(at: x + i) * operands.scale
        scaled.replacing(with: 0, where: drops).store(to: y + i)
      }
    }
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
  @inline(__always)
  private static func mixed(_ seed: UInt64, row: UInt64) -> UInt32 {
    var word = seed &+ (row &+ 1) &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word &>> 27)) &* 0x94D0_49BB_1331_11EB
    return UInt32(truncatingIfNeeded: word ^ (word &>> 31))
  }

  /// The finaliser of MurmurHash3 for 32 bits, with the constants of Pelle Evensen's and Chris Wellons'
  /// search for the least bias.
  @inline(__always)
  private static func mixed(_ words: SIMD16<UInt32>) -> SIMD16<UInt32> {
    var words = words
    words = (words ^ (words &>> 16)) &* 0x7FEB_352D
    words = (words ^ (words &>> 15)) &* 0x846C_A68B
    return words ^ (words &>> 16)
  }
}
