/// Why a file is not written.
public struct OutputFileError: Error, Equatable {
  public enum Kind: Sendable {
    /// The place is not for this program to write to, or another run writes there.
    case refused
    /// The system does not let it be written: no room, no right, a limit.
    case impossible
    /// The device failed.
    case inputOutput
  }
  public let path: String
  public let reason: String
  public let kind: Kind

  public init(_ path: String, _ reason: String, _ kind: Kind = .refused) {
    self.path = path
    self.reason = reason
    self.kind = kind
  }

  /// After a call of the operating system that failed, with the number of its error.
  init(_ path: String, system code: Int32, _ what: String? = nil) {
    let reason = (what.map { "\($0): " } ?? "") + text(ofError: code)
    self.init(path, reason, code == EIO ? .inputOutput : .impossible)
  }
}
