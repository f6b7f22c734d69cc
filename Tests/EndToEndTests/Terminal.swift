import Foundation
import Testing

/// A real terminal (a tmux session) in the folder of a shell, in which a command runs.
///
/// Tests that use it are `.enabled(if: isInstalled("tmux"))`.
struct Terminal: ~Copyable {
  private let server = "charnn-\(UUID().uuidString)"

  /// - Parameter script: runs in the folder of `shell`; the terminal stays open after its end.
  init(
    _ shell: borrowing Shell, columns: Int, rows: Int = 40, term: String = "screen-256color",
    _ script: String
  ) throws {
    // tmux draws nothing beyond ASCII without that locale.
    let environment =
      "unset TMUX NO_COLOR CHARNN_MODEL; export LC_ALL=C.UTF-8 TERM=\(term) "
      + "PATH='\(Shell.environment["PATH", default: ""])' TINY='\(Tiny.options.joined(separator: " "))'"
    let command =
      "trap : INT; \(environment); cd '\(shell.path("."))'; (ulimit -t 60; \(script)); "
      + "printf '\\n[ended %s]\\n' $?; exec sleep 60"
    try tmux(
      "-u", "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
      "/bin/sh", "-c", command)
  }

  /// What the terminal shows, without the spaces at the ends of lines.
  ///
  /// - Parameter withColors: with the escape sequences that bring the colours back.
  func screen(withColors: Bool = false) throws -> String {
    try tmux(["capture-pane", "-p"] + (withColors ? ["-e"] : []))
  }

  /// Types keys as `tmux send-keys` calls them: text, `Enter`, `C-c`.
  func type(_ keys: String...) throws { try tmux(["send-keys"] + keys) }

  func resize(columns: Int, rows: Int = 40) throws {
    try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
  }

  /// Waits until the screen is as wanted.
  ///
  /// - Returns: the screen; it is a failure of the test if that never comes.
  @discardableResult
  func wait(
    seconds: Double = 20, _ comment: Comment, until isWanted: (String) -> Bool
  ) throws -> String {
    let end = Date(timeIntervalSinceNow: seconds)
    var shown = try screen()
    while !isWanted(shown), Date() < end {
      Thread.sleep(forTimeInterval: 0.05)
      shown = try screen()
    }
    #expect(isWanted(shown), "\(comment): \(shown)")
    return shown
  }

  /// Waits until the command has ended.
  @discardableResult
  func waitForEnd() throws -> String {
    try wait("the command ends") { $0.contains("[ended ") }
  }

  @discardableResult
  private func tmux(_ words: String...) throws -> String { try tmux(words) }

  /// Runs tmux. Not as a `Process`, which waits for all that a program leaves running, here the server.
  @discardableResult
  private func tmux(_ words: [String]) throws -> String {
    let quoted = words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
    let command = "exec tmux -L \(server) \(quoted.joined(separator: " "))"
    let stream = try #require(withNoSignalBlocked { popen(command, "r") })
    defer { pclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = getc(stream), byte != EOF {
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  deinit { _ = try? tmux("kill-server") }
}
