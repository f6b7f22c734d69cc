/// A file that one run writes again and again, as a whole or not at all each time.
///
/// Each time it is written to a hidden temporary file beside its place, `.NAME.charnn-PID-N`, and moved
/// into it. A run makes the next temporary file before it moves one away, and holds a lock (flock) on
/// it: so another run finds that the place is in use, and one that was killed leaves a file whose lock
/// is gone, which the next run removes.
///
/// What stands in the place and does not come from this run is kept under another name.
public final class OutputFile {
  /// The path as given by the user.
  public let path: String
  private let place: OutputPlace
  private let isOurs: (String) -> Bool
  private var temporary: TemporaryFile
  /// The file that may be overwritten: one that this run wrote, or was told to replace.
  private var replaceable: FileIdentity?

  /// Claims the place, and checks by writing that it can be written to.
  ///
  /// - Parameters:
  ///   - keepsPresent: whether the file that stands there now is kept under another name.
  ///   - isOurs: says of a path whether its file is of the kind that may be replaced at all.
  /// - Throws: `OutputFileError`.
  public init(
    _ path: String, keepsPresent: Bool, isOurs: @escaping (String) -> Bool
  ) throws(OutputFileError) {
    self.path = path
    self.isOurs = isOurs
    place = try OutputPlace(path)
    let present = try place.status()
    replaceable = keepsPresent ? nil : present.map(FileIdentity.init)
    try place.check(present, isOurs)
    if keepsPresent, present != nil { try place.checkLengthOfKeptName() }
    temporary = try place.claim(like: present)
    try temporary.probe(path)
  }

  deinit { place.remove(temporary) }

  /// - Throws: `OutputFileError` where this file is one of `inputs`.
  public func checkIsNone(of inputs: [String]) throws(OutputFileError) {
    guard let present = try place.status().map(FileIdentity.init) else { return }
    for input in inputs where FileIdentity(ofFile: input) == present {
      throw OutputFileError(path, "it is a text that this run reads")
    }
  }

  /// Writes the file anew.
  ///
  /// - Parameter write: is handed the descriptor of an empty file.
  /// - Returns: the path under which another file that stood there was kept, if there was one.
  /// - Throws: `OutputFileError`, or what `write` throws; the file is then as it was.
  public func replace(_ write: (Int32) throws -> Void) throws -> String? {
    let present = try place.status()
    try place.check(present) { FileIdentity(ofFile: $0) == replaceable || isOurs($0) }
    do {
      try temporary.begin(like: present, path)
      do { try write(temporary.descriptor) } catch let error as POSIXError {
        throw OutputFileError(path, system: error.code.rawValue)
      }
      try temporary.finish(path)
      return try place.locked { try install(over: present) }
    } catch {
      temporary.discard()
      throw error
    }
  }

  /// Writes a text in place of the file; see `replace`.
  ///
  /// - Throws: `OutputFileError`.
  public func replace(with text: String) throws {
    let bytes = Array(text.utf8)
    _ = try replace { descriptor in
      try bytes.withUnsafeBytes { try writeAll($0, to: descriptor, at: 0) }
    }
  }

  /// Moves the temporary file into its place; the next one is there before.
  ///
  /// - Returns: the path under which another file that stood there was kept, if there was one.
  private func install(over present: stat?) throws -> String? {
    let next = try place.makeTemporary(like: nil)
    do {
      let anothers = present.flatMap {
        $0.st_size > 0 && FileIdentity($0) != replaceable ? $0 : nil
      }
      let kept = try anothers.map(place.keep)
      try place.install(temporary)
      replaceable = FileIdentity(ofDescriptor: temporary.descriptor)
      temporary = next
      return kept
    } catch {
      place.remove(next)
      throw error
    }
  }
}
