/// How the process ends. The numbers are those of sysexits.h; after a signal, 128 plus its number, as
/// shells report it.
enum ExitCode: Int32, CaseIterable {
  case done = 0
  case thresholdMissed = 1
  case usage = 64
  case badData = 65
  case missingInput = 66
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  case hungUp = 129
  case interrupted = 130
  case terminated = 143

  /// What the code says, in a few words.
  var meaning: String {
    switch self {
    case .done: "done"
    case .thresholdMissed: "a threshold was missed (eval --max-perplexity)"
    case .usage: "usage: an option or value that charnn does not understand"
    case .badData: "bad data: a text or checkpoint that cannot be used, or training that diverged"
    case .missingInput: "an input is missing"
    case .internalError: "an internal error"
    case .cannotCreate: "the output cannot be created, or is not for charnn to replace"
    case .inputOutput: "input/output error"
    case .hungUp: "after SIGHUP; the checkpoint is written first"
    case .interrupted: "after Ctrl-C (SIGINT); the checkpoint is written first"
    case .terminated: "after SIGTERM; the checkpoint is written first"
    }
  }
}
