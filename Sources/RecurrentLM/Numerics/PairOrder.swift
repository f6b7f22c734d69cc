/// In which order the products of pairs of bfloat16 are added up. A processor multiplies fast in one of them
/// or in none; a training keeps the one that it began in, and so goes on to the same numbers on any.
public enum PairOrder: String, Codable, CaseIterable, Sendable {
  /// Each pair is added to the sum, its second product before its first: as VDPBF16PS does.
  case inTurn = "in-turn"
  /// Of sixteen pairs, the first products are added up, and the second ones; then both to the sum: as
  /// TDPBF16PS does (AMX).
  case inBlocks = "in-blocks"
}
