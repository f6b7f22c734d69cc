/// The place of an output file: a folder and a name in it, links followed.
struct OutputPlace {
  /// The path as given by the user.
  let path: String
  private let folder: String
  private let name: String
  private let folderDescriptor: Folder

  /// - Throws: `OutputFileError` where there is no such folder.
  init(_ path: String) throws(OutputFileError) {
    self.path = path
    var target = path
    var links = 0
    while let destination = link(target) {
      links += 1
      guard links <= 40 else { throw OutputFileError(path, system: ELOOP) }
      target =
        destination.hasPrefix("/")
        ? destination : OutputPlace.split(target).folder + "/" + destination
    }
    (folder, name) = OutputPlace.split(target)
    guard !name.isEmpty, name != ".", name != ".." else {
      throw OutputFileError(path, "it is a folder")
    }
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw OutputFileError(
        path, code == ENOENT ? "the folder \(folder) does not exist" : text(ofError: code),
        .impossible)
    }
    folderDescriptor = Folder(descriptor: descriptor)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = path[..<slash]
    return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
  }

  /// The status of the file there; nil if there is none.
  func status() throws(OutputFileError) -> stat? {
    var status = stat()
    if fstatat(folderDescriptor.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      return status
    }
    guard errno == ENOENT else { throw OutputFileError(path, system: errno) }
    return nil
  }

  /// Checks whether the file that stands there may be replaced.
  ///
  /// - Parameter isOurs: says of a path whether its file is of the kind that may be.
  /// - Throws: `OutputFileError`.
  func check(_ present: stat?, _ isOurs: (String) -> Bool) throws(OutputFileError) {
    guard let present else { return }
    if let reason = reasonAgainst(present) { throw OutputFileError(path, reason) }
    if let code = errorOfOpeningForWriting() { throw OutputFileError(path, system: code) }
    guard present.st_size == 0 || isOurs("\(folder)/\(name)") else {
      throw OutputFileError(path, "it holds something else than what charnn writes")
    }
  }

  /// The reason not to replace a file; nil if there is none.
  private func reasonAgainst(_ present: stat) -> String? {
    switch present.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: return "it is a folder"
    case S_IFIFO: return "it is a named pipe"
    case S_IFCHR, S_IFBLK: return "it is a device"
    case S_IFSOCK: return "it is a socket"
    default: return "it is no regular file"
    }
    // A run that was killed while it kept the file may have left it with both names.
    if present.st_nlink > 1 + (keptName(of: present) == nil ? 0 : 1) {
      return "it has \(present.st_nlink) names (hard links), of which only this one would change"
    }
    var parent = stat()
    if fstat(folderDescriptor.descriptor, &parent) == 0, parent.st_mode & S_ISVTX != 0,
      ![0, parent.st_uid, present.st_uid].contains(geteuid())
    {
      return "it belongs to another user, and \(folder) lets nobody replace another's files"
    }
    return nil
  }

  /// The number of the error; nil if there is none.
  private func errorOfOpeningForWriting() -> Int32? {
    let descriptor = openat(folderDescriptor.descriptor, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return errno }
    close(descriptor)
    return nil
  }

  // MARK: Temporary files

  /// Does what another run must not see half done, under a lock of the folder. Where a file system has no
  /// such locks, temporary files have none either.
  func locked<Result, Failure>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let isLocked = flock(folderDescriptor.descriptor, LOCK_EX) == 0
    defer { if isLocked { flock(folderDescriptor.descriptor, LOCK_UN) } }
    return try body()
  }

  /// Removes what runs that were killed have left, and makes the first temporary file of this one.
  ///
  /// - Throws: `OutputFileError` where another run writes there.
  func claim(like present: stat?) throws(OutputFileError) -> TemporaryFile {
    try locked { () throws(OutputFileError) in
      for other in try temporaryFiles() { try remove(unlessInUse: other) }
      return try makeTemporary(like: present)
    }
  }

  /// The names of the temporary files of all runs for this place.
  private func temporaryFiles() throws(OutputFileError) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw OutputFileError(path, "the folder \(folder) cannot be read", .impossible)
    }
    return names.filter { name in
      guard name.hasPrefix(temporaryPrefix) else { return false }
      let numbers = name.dropFirst(temporaryPrefix.count).split(
        separator: "-", omittingEmptySubsequences: false)
      return numbers.count == 2 && numbers.allSatisfy { UInt32($0) != nil }
    }
  }

  private func remove(unlessInUse other: String) throws(OutputFileError) {
    let descriptor = openat(folderDescriptor.descriptor, other, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      unlinkat(folderDescriptor.descriptor, other, 0)
    } else if errno == EWOULDBLOCK {
      let process = other.dropFirst(temporaryPrefix.count).prefix { $0 != "-" }
      throw OutputFileError(
        path,
        process == "\(getpid())"
          ? "this command writes there already; give each output a name of its own"
          : "another charnn (process \(process)) writes there")
    }
  }

  /// A new file of this run, locked, with the mode and owner of what it is to replace.
  func makeTemporary(like present: stat?) throws(OutputFileError) -> TemporaryFile {
    for number in 0..<1_000 {
      let name = "\(temporaryPrefix)\(getpid())-\(number)"
      let descriptor = openat(
        folderDescriptor.descriptor, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0 {
        guard errno == EEXIST else { throw OutputFileError(path, system: errno) }
        continue
      }
      flock(descriptor, LOCK_EX | LOCK_NB)
      let file = TemporaryFile(name: name, descriptor: descriptor)
      do { try file.take(attributesOf: present, path) } catch {
        remove(file)
        throw error
      }
      return file
    }
    throw OutputFileError(path, system: EEXIST)
  }

  private var temporaryPrefix: String { ".\(shortName).charnn-" }

  /// A name short enough to be extended, and still different for each file.
  private var shortName: String {
    let longest = 180
    guard name.utf8.count > longest else { return name }
    // FNV-1a
    let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    var beginning = name
    while beginning.utf8.count > longest { beginning.unicodeScalars.removeLast() }
    return "\(beginning)~\(String(hash, radix: 16))"
  }

  func remove(_ file: TemporaryFile) { unlinkat(folderDescriptor.descriptor, file.name, 0) }

  /// Moves a file into the place, for good: also after a loss of power.
  func install(_ file: TemporaryFile) throws(OutputFileError) {
    let folder = folderDescriptor.descriptor
    guard renameat(folder, file.name, folder, name) == 0 else {
      throw OutputFileError(path, system: errno)
    }
    // Some file systems cannot do this to folders, and need not.
    fsync(folder)
  }

  // MARK: Keeping another file

  /// Gives the file that stands there the first free name of `NAME.~1~`, `NAME.~2~`, …
  ///
  /// - Returns: the new path.
  func keep(_ present: stat) throws(OutputFileError) -> String {
    if let other = keptName(of: present) { return path(ofName: other) }
    for number in 1..<1_000_000 {
      let other = "\(name).~\(number)~"
      if giveSecondName(other) { return path(ofName: other) }
      guard errno == EEXIST else {
        throw OutputFileError(path, system: errno, "what stands there cannot be kept as \(other)")
      }
    }
    throw OutputFileError(path, system: EEXIST)
  }

  private func path(ofName other: String) -> String {
    folder == "." ? other : "\(folder)/\(other)"
  }

  /// The name of the kind `NAME.~1~` that a file has already.
  private func keptName(of present: stat) -> String? {
    guard present.st_nlink > 1,
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return nil }
    return names.first { other in
      other.hasPrefix("\(name).~") && other.hasSuffix("~")
        && FileIdentity(ofFile: path(ofName: other)) == FileIdentity(present)
    }
  }

  /// Whether the file now has this name, too: on file systems without hard links, only this one.
  private func giveSecondName(_ other: String) -> Bool {
    let folder = folderDescriptor.descriptor
    if linkat(folder, name, folder, other, 0) == 0 { return true }
    guard [EPERM, ENOTSUP, EMLINK, ENOSYS].contains(errno) else { return false }
    var status = stat()
    if fstatat(folder, other, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      errno = EEXIST
      return false
    }
    return renameat(folder, name, folder, other) == 0
  }

  /// - Throws: `OutputFileError` where a name such as `keep` gives would be too long.
  func checkLengthOfKeptName() throws(OutputFileError) {
    var status = stat()
    let other = "\(name).~999~"
    if fstatat(folderDescriptor.descriptor, other, &status, AT_SYMLINK_NOFOLLOW) != 0,
      errno == ENAMETOOLONG
    {
      throw OutputFileError(path, system: errno, "what stands there cannot be kept as \(other)")
    }
  }
}

/// An open folder: what is done in it is done there, wherever it is moved.
private final class Folder: @unchecked Sendable {
  let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}

/// Where a symbolic link leads; nil for anything else.
private func link(_ path: String) -> String? {
  var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = readlink(path, &bytes, bytes.count)
  return count > 0
    ? String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
}
