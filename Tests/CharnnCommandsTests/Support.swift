import Foundation

@testable import CharnnCommands

/// A console that keeps what is written to it.
final class Transcript {
  private(set) var output = ""
  private(set) var messages = ""

  func console(_ abilities: ConsoleAbilities = ConsoleAbilities()) -> Console {
    Console(
      abilities, output: { self.output += $0 },
      message: { self.messages += $0 }, draw: { self.messages += $0 })
  }
}

/// A console on which no data can be written, or only so many lines.
func fullConsole(lines: Int = 0) -> Console {
  var left = lines
  return Console(
    output: { _ throws(OutputError) in
      left -= 1
      if left < 0 { throw OutputError(reason: "No space left on device") }
    },
    message: { _ in }, draw: { _ in })
}

/// Runs charnn in this process.
func charnn(_ words: [String]) -> Outcome<ExitCode> {
  let transcript = Transcript()
  let code = run(words, transcript.console())
  return Outcome(code: code, output: transcript.output, messages: transcript.messages)
}

func charnn(_ words: String...) -> Outcome<ExitCode> { charnn(words) }

extension Tiny {
  /// Trained once for all tests; empty if that fails.
  static let checkpoint: Data = {
    guard let folder = try? Workspace(hasModel: false) else { return Data() }
    _ = charnn(["train", folder.text, "--out", folder.model] + options)
    return (try? folder.data("model.safetensors")) ?? Data()
  }()
}

/// A folder with the tiny model and its text. It is gone when the test ends.
struct Workspace: ~Copyable {
  let path: String

  init(hasModel: Bool = true) throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("charnn-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try write(Tiny.text, to: "text.txt")
    if hasModel { try write(Tiny.checkpoint, to: "model.safetensors") }
  }

  var text: String { file("text.txt") }
  var model: String { file("model.safetensors") }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws {
    try data.write(to: URL(fileURLWithPath: file(name)))
  }

  func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: file(name)))
  }

  /// What is in it.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  /// Trains a tiny model on the text.
  func train(_ words: String...) -> Outcome<ExitCode> {
    charnn(["train", text, "--out", model] + Tiny.options + words)
  }

  /// Runs a command on the model.
  func onModel(_ command: String, _ words: String...) -> Outcome<ExitCode> {
    charnn([command, "--model", model] + words)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Runs a program of the system, found in PATH.
func system(_ words: String...) throws -> (code: Int32, output: Data, messages: String) {
  let process = Process()
  let (output, messages) = (Pipe(), Pipe())
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = words
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = output
  process.standardError = messages
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, data, text)
}
