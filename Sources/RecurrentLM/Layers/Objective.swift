/// What a network learns to predict.
public enum Objective: String, Codable, CaseIterable, Sendable {
  /// Each character from those before it; a bidirectional network also sees the character itself.
  case next
  /// Each character from those before it and those after it, which a bidirectional network reads
  /// in two stacks that meet only at the output (as in the cloze test of Taylor 1953,
  /// doi:10.1177/107769905303000401).
  case cloze

  /// From a character that is read to the one that is predicted at that step: 1 if it is the next, 0
  /// if it is the same.
  var targetOffset: Int { self == .next ? 1 : 0 }

  /// Whether a step reads the very character that is to be predicted there. Then the output layer reads
  /// the states before the step, in each direction; the two directions must not read each other; and
  /// since the other direction's future is unknown, its states are not carried from one minibatch to
  /// the next.
  var seesTarget: Bool { targetOffset == 0 }
}
