import Foundation
import Testing

@testable import RecurrentLM

@Suite struct OutputFileTests {
  private let folder: Place

  init() throws { folder = try Place() }

  /// A folder that is gone when the test ends.
  private final class Place {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }
    func file(_ name: String) -> String { folder.file(name) }
    var names: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: file(name), encoding: .utf8)
    }
  }

  private func output(_ name: String = "out", keepsPresent: Bool = true) throws -> OutputFile {
    try OutputFile(folder.file(name), keepsPresent: keepsPresent) { path in
      (try? String(contentsOfFile: path, encoding: .utf8).hasPrefix("ours")) ?? false
    }
  }

  @discardableResult
  private func write(_ text: String, to output: OutputFile) throws -> String? {
    try output.replace { descriptor in
      try Array(text.utf8).withUnsafeBytes { try writeAll($0, to: descriptor, at: 0) }
    }
  }

  private func reasonAgainst(_ name: String) -> String? {
    do {
      _ = try output(name)
      return nil
    } catch {
      return (error as? OutputFileError)?.reason
    }
  }

  @Test func aFileIsWrittenAgainAndAgainAndNothingElseStays() throws {
    do {
      let output = try output()
      #expect(
        folder.names.allSatisfy { $0.hasPrefix(".out.charnn-") }, "nothing before the first time")
      for text in ["ours, long", "ours"] {
        #expect(try write(text, to: output) == nil)
        #expect(try folder.text("out") == text)
      }
    }
    #expect(folder.names == ["out"])
  }

  @Test func anotherFileOfOursIsKeptUnderTheFirstFreeName() throws {
    try folder.folder.write("ours, old", to: "out")
    try folder.folder.write("whatever", to: "out.~1~")
    let output = try output()
    #expect(try folder.text("out") == "ours, old")
    #expect(try write("ours, new", to: output) == folder.file("out.~2~"))
    #expect(try write("ours, newer", to: output) == nil)
    #expect(try folder.text("out") == "ours, newer")
    #expect(try folder.text("out.~2~") == "ours, old")
  }

  @Test func whatIsToBeReplacedOrIsEmptyIsNotKept() throws {
    try folder.folder.write("ours, old", to: "out")
    try folder.folder.write("", to: "empty")
    #expect(try write("ours", to: output(keepsPresent: false)) == nil)
    #expect(try write("ours", to: output("empty")) == nil)
    #expect(folder.names == ["empty", "out"])
  }

  /// Another program may put a file there while this one runs.
  @Test func whatComesThereMeanwhileIsNotLost() throws {
    let output = try output(keepsPresent: false)
    try write("ours 1", to: output)
    try folder.folder.write("ours, of another", to: "other")
    #expect(rename(folder.file("other"), folder.file("out")) == 0)
    #expect(try write("ours 2", to: output) == folder.file("out.~1~"))
    #expect(try folder.text("out.~1~") == "ours, of another")

    try folder.folder.write("a letter", to: "other")
    #expect(rename(folder.file("other"), folder.file("out")) == 0)
    #expect(throws: OutputFileError.self) { try write("ours 3", to: output) }
    #expect(try folder.text("out") == "a letter")
  }

  @Test func aWriteThatFailsLeavesTheFileAndMayBeTriedAgain() throws {
    let output = try output()
    try write("ours", to: output)
    #expect(throws: OutputFileError(folder.file("out"), "No space left on device", .impossible)) {
      try output.replace { _ in throw POSIXError(.ENOSPC) }
    }
    #expect(throws: OutputFileError(folder.file("out"), "Input/output error", .inputOutput)) {
      try output.replace { _ in throw POSIXError(.EIO) }
    }
    #expect(try folder.text("out") == "ours")
    try write("ours again", to: output)
    #expect(try folder.text("out") == "ours again")
  }

  @Test func whatIsNotOursIsRefused() throws {
    try folder.folder.write("a letter", to: "letter")
    try folder.folder.write("ours", to: "linked")
    #expect(link(folder.file("linked"), folder.file("hard")) == 0)
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    try FileManager.default.createDirectory(
      atPath: folder.file("folder"), withIntermediateDirectories: false)
    let before = folder.names
    #expect(reasonAgainst("letter")?.contains("something else") == true)
    #expect(reasonAgainst("hard")?.contains("hard links") == true)
    #expect(reasonAgainst("pipe") == "it is a named pipe")
    #expect(reasonAgainst("folder") == "it is a folder")
    #expect(reasonAgainst("folder/") == "it is a folder")
    #expect(reasonAgainst("missing/out")?.contains("does not exist") == true)
    #expect(reasonAgainst(String(repeating: "x", count: 256)) == "File name too long")
    #expect(folder.names == before)
  }

  @Test func longNamesWork() throws {
    let name = String(repeating: "文", count: 85)
    #expect(throws: OutputFileError.self) { try output(String(repeating: "文", count: 86)) }
    do {
      let output = try output(name)
      try write("ours", to: output)
      try write("ours", to: output)
    }
    #expect(folder.names == [name])
    // What stands there could not be kept.
    #expect(reasonAgainst(name)?.contains("cannot be kept") == true)
    try write("ours", to: output(name, keepsPresent: false))
  }

  /// A run may be killed after it gave a file its second name and before it moved its own there.
  @Test func aFileThatIsKeptAlreadyIsNotKeptAgain() throws {
    try folder.folder.write("ours, old", to: "out")
    try folder.folder.write("another", to: "out.~1~")
    #expect(link(folder.file("out"), folder.file("out.~2~")) == 0)
    #expect(try write("ours", to: output()) == folder.file("out.~2~"))
    #expect(folder.names == ["out", "out.~1~", "out.~2~"])
    #expect(try folder.text("out.~2~") == "ours, old")
    // One more name is somebody else's.
    #expect(link(folder.file("out.~2~"), folder.file("mine")) == 0)
    #expect(rename(folder.file("out.~2~"), folder.file("out")) == 0)
    #expect(link(folder.file("out"), folder.file("out.~2~")) == 0)
    #expect(reasonAgainst("out")?.contains("hard links") == true)
  }

  @Test func linksAreFollowedAndStay() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("there"), withIntermediateDirectories: false)
    #expect(symlink("there/file", folder.file("middle")) == 0)
    #expect(symlink(folder.file("middle"), folder.file("out")) == 0)
    for text in ["ours", "ours again"] {
      try write(text, to: output(keepsPresent: false))
      #expect(try folder.text("there/file") == text)
    }
    #expect(folder.names == ["middle", "out", "there"])
    #expect(symlink("loop", folder.file("loop")) == 0)
    #expect(reasonAgainst("loop") == "Too many levels of symbolic links")
  }

  @Test(arguments: [0o600, 0o640, 0o664] as [mode_t])
  func theModeStays(_ mode: mode_t) throws {
    try folder.folder.write("ours", to: "out")
    #expect(chmod(folder.file("out"), mode) == 0)
    let output = try output()
    for text in ["ours 1", "ours 2"] {
      try write(text, to: output)
      var status = stat()
      #expect(stat(folder.file("out"), &status) == 0)
      #expect(status.st_mode & 0o7777 == mode)
    }
  }

  @Test func aFileThatTheRunReadsIsRefused() throws {
    try folder.folder.write("ours", to: "out")
    #expect(symlink("out", folder.file("same")) == 0)
    let output = try output()
    try output.checkIsNone(of: [folder.file("missing"), folder.folder.path])
    #expect(throws: OutputFileError.self) { try output.checkIsNone(of: [folder.file("same")]) }
  }

  @Test func onlyOneRunWritesToAPlace() throws {
    do {
      let first = try output()
      #expect(reasonAgainst("out")?.contains("this command writes there already") == true)
      try write("ours", to: first)
      #expect(reasonAgainst("out")?.contains("this command writes there already") == true)
      _ = try output("elsewhere")
    }
    _ = try output()
  }

  @Test func whatAKilledRunHasLeftIsRemoved() throws {
    try folder.folder.write("half a file", to: ".out.charnn-123-0")
    let others = [
      ".out.charnn-1", ".out.charnn-old-3", ".out.charnn-x.charnn-1-0", ".out2.charnn-1-0",
    ]
    for name in others { try folder.folder.write("of another place", to: name) }
    do { try write("ours", to: output()) }
    #expect(folder.names == others + ["out"])
  }
}
