/// Why a file is no `.safetensors` container, or cannot be read.
public enum SafeTensorsError: Error, Equatable {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  /// The file ends before what its header announces.
  case truncated(path: String, needed: Int, found: Int)
  case malformed(path: String, reason: String)
  /// Its bytes are not those that its checksum was made of.
  case damaged(path: String)
}
