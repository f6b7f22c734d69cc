/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): a word each of
/// whose bits depends on all bits of `word`.
@inlinable @inline(__always)
public func mixed(_ word: UInt64) -> UInt64 {
  var word = word
  word = (word ^ (word &>> 30)) &* 0xBF58_476D_1CE4_E5B9
  word = (word ^ (word &>> 27)) &* 0x94D0_49BB_1331_11EB
  return word ^ (word &>> 31)
}
