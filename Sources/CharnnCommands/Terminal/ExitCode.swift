/// How the process ends. The numbers are those of sysexits.h; after a signal, 128 plus its number, as
/// shells report it.
enum ExitCode: Int32 {
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
}
