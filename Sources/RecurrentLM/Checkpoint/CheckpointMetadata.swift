/// The metadata of a checkpoint besides format and version, each as JSON.
enum CheckpointKey: String {
  /// The tokens in the order of their numbers.
  case vocabulary
  case configuration
  case corpus
  /// `TrainingProgress`: position, random states, history.
  case training
  /// `TextFingerprint` of the training text.
  case text
  /// The same of the held-out text; missing where there is none.
  case heldOut = "held_out"
}

/// The table of strings of a checkpoint.
struct CheckpointMetadata {
  let path: String
  let values: [String: String]

  static let format = "charnn"
  /// Version 2 has a checksum; version 1, written by charnn 0.1, is the same without one.
  static let version = "2"

  func checkFormat(hasChecksum: Bool) throws(CheckpointError) {
    guard values["format"] == CheckpointMetadata.format else { throw .notCharnn(path: path) }
    switch values["version"] {
    case "1": break
    case CheckpointMetadata.version:
      guard hasChecksum else {
        throw .invalidMetadata(path: path, key: SafeTensorsWriter.checksumKey)
      }
    case let version: throw .unknownVersion(path: path, version: version ?? "none")
    }
  }

  func has(_ key: CheckpointKey) -> Bool { values[key.rawValue] != nil }

  func invalid(_ key: CheckpointKey) -> CheckpointError {
    .invalidMetadata(path: path, key: key.rawValue)
  }

  func value<Value: Decodable>(_ key: CheckpointKey) throws(CheckpointError) -> Value {
    guard let text = values[key.rawValue], let value = Value(json: Array(text.utf8)) else {
      throw invalid(key)
    }
    return value
  }
}
