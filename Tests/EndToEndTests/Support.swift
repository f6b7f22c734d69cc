import Foundation
import Testing

extension Outcome {
  /// A number of the last line's object.
  func number(_ key: String) throws -> Double {
    try #require(try objects().last?[key] as? Double)
  }
}

/// A shell in a folder of its own, which is gone when the test ends.
///
/// It knows the command `charnn` and, as `$TINY`, options of training in no time.
struct Shell: ~Copyable {
  private let root: String
  private var folder: String { "\(root)/folder" }

  /// - Parameter files: names and texts.
  init(_ files: [String: String] = [:]) throws {
    root = NSTemporaryDirectory() + "/charnn-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, text) in files { try write(Data(text.utf8), to: name) }
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func write(_ data: Data, to name: String) throws {
    try data.write(to: URL(fileURLWithPath: path(name)))
  }

  func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  /// Runs a script. Its output must be UTF-8; what hangs is ended after 20 seconds of computing.
  @discardableResult
  func run(_ script: String, expecting code: Int32? = 0) throws -> Outcome<Int32> {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "ulimit -t 20; \(script)"]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = Shell.environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try stream("output")
    process.standardError = try stream("messages")
    try withNoSignalBlocked { try process.run() }
    process.waitUntilExit()
    let outcome = Outcome(
      code: process.terminationStatus, output: try text("output"), messages: try text("messages"))
    if let code { #expect(outcome.code == code, "\(script): \(outcome.messages)") }
    return outcome
  }

  private func stream(_ name: String) throws -> FileHandle {
    let path = "\(root)/\(name)"
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try #require(FileHandle(forWritingAtPath: path))
  }

  private func text(_ name: String) throws -> String {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)"))
    return try #require(String(validating: bytes, as: UTF8.self))
  }

  static let environment: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    environment["CHARNN_MODEL"] = nil
    environment["PATH"] = "\(products):" + environment["PATH", default: "/usr/bin:/bin"]
    environment["TINY"] = Tiny.options.joined(separator: " ")
    return environment
  }()

  /// The folder that the build made: the program lies beside the tests.
  private static let products =
    (Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    .deletingLastPathComponent() ?? Bundle.main.bundleURL).path

  deinit { try? FileManager.default.removeItem(atPath: root) }
}

/// Does what starts a process, which inherits the signals that its parent's thread blocks: on a
/// thread of Dispatch those are nearly all.
func withNoSignalBlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
  var (none, before) = (sigset_t(), sigset_t())
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  return try body()
}

/// The checkpoint of `charnn train $TINY text.txt` where text.txt has the tiny text; trained once
/// for all tests, and empty if that fails.
private let tinyCheckpoint: Data = {
  guard let shell = try? Shell(["text.txt": Tiny.text]) else { return Data() }
  _ = try? shell.run("charnn train $TINY text.txt")
  return (try? shell.data("charnn.safetensors")) ?? Data()
}()

extension Shell {
  /// A shell in a folder with `text.txt` and a model trained on it.
  static func withModel() throws -> Shell {
    let shell = try Shell(["text.txt": Tiny.text])
    try shell.write(tinyCheckpoint, to: "charnn.safetensors")
    return shell
  }
}
