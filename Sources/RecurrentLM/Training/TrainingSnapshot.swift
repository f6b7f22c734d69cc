/// The state of training between two minibatches: with parameters and moments, all that is needed to
/// continue exactly there.
public struct TrainingSnapshot: Equatable, Sendable {
  public var progress: TrainingProgress
  /// The hidden state between two minibatches of an epoch, see `Network.finalState`; empty at
  /// the start of one, where the state is zero.
  var state: [[Float]]
  var text: TextFingerprint
  /// nil where no text is held out.
  var heldOut: TextFingerprint?
  var options: TrainingOptions
}

extension TrainingOptions {
  /// Whether both cut a text into the same minibatches.
  func cutsMinibatches(like other: TrainingOptions) -> Bool {
    (batch, steps, sampling, offset)
      == (other.batch, other.steps, other.sampling, other.offset)
  }
}

/// Identifies a training text without keeping it.
struct TextFingerprint: Codable, Equatable, Sendable {
  let characters: Int
  /// FNV-1a over the numbers of the characters.
  let hash: UInt64

  init(_ text: some Collection<Int32>) {
    characters = text.count
    hash = text.reduce(0xcbf2_9ce4_8422_2325) { hash, id in
      (hash ^ UInt64(UInt32(bitPattern: id))) &* 0x100_0000_01b3
    }
  }
}

/// The part of a snapshot that does not fit the training that is to continue from it.
public enum SnapshotMismatch: Error, Equatable {
  case text
  case heldOut
  case optimizer
  case position
  case state
}
