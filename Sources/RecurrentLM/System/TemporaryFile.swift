/// An open file that will replace another.
final class TemporaryFile {
  let name: String
  let descriptor: Int32

  init(name: String, descriptor: Int32) {
    self.name = name
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// - Throws: `OutputFileError` where this process may not make a file such as it is to replace.
  func take(attributesOf present: stat?, _ path: String) throws(OutputFileError) {
    guard let present else { return }
    var own = stat()
    guard fstat(descriptor, &own) == 0 else { throw OutputFileError(path, system: errno) }
    if own.st_uid != present.st_uid || own.st_gid != present.st_gid,
      fchown(descriptor, present.st_uid, present.st_gid) != 0
    {
      throw OutputFileError(path, system: errno, "its owner or group cannot be kept")
    }
    if own.st_mode != present.st_mode, fchmod(descriptor, present.st_mode & 0o7777) != 0 {
      throw OutputFileError(path, system: errno, "its mode cannot be kept")
    }
  }

  /// Checks that anything can be written at all.
  func probe(_ path: String) throws(OutputFileError) {
    var byte: UInt8 = 0
    guard pwrite(descriptor, &byte, 1, 0) == 1 else { throw OutputFileError(path, system: errno) }
    discard()
  }

  func begin(like present: stat?, _ path: String) throws(OutputFileError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw OutputFileError(path, system: errno)
    }
    try take(attributesOf: present, path)
  }

  /// Waits until what was written is on the disk.
  func finish(_ path: String) throws(OutputFileError) {
    guard fsync(descriptor) == 0 else { throw OutputFileError(path, system: errno) }
  }

  /// Frees the space of a file that could not be written completely.
  func discard() { ftruncate(descriptor, 0) }
}
