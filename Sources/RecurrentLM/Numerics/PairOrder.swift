/// The order in which products of pairs of bfloat16 are summed. A processor is fastest in one of them; a training
/// keeps the order that it began with, and so comes to the same numbers on any processor.
public enum PairOrder: String, Codable, CaseIterable, Sendable {
  /// Each pair is added to the sum, its second product before its first: as VDPBF16PS does.
  case inTurn = "in-turn"
  /// Of sixteen pairs, the first products are added up, and the second ones; then both to the sum: as
  /// TDPBF16PS does (AMX).
  case inBlocks = "in-blocks"
}
