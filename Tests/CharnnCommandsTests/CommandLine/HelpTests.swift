import Foundation
import Testing

@testable import CharnnCommands

@Suite struct HelpTests {
  /// With `UPDATE_OPTIONS=1` in the environment, writes the files of `Help` instead of comparing them.
  @Test(arguments: [
    ("overview", ["--help"]), ("overview", ["-h"]), ("overview", ["help"]),
    ("train", ["train", "--help"]), ("predict", ["predict", "-h"]),
    ("eval", ["eval", "--string", "x", "--help"]),
    ("inspect", ["inspect", "--help", "--nonsense"]),
  ])
  func helpIsPrintedWordForWord(_ name: String, _ words: [String]) throws {
    let file = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../Help/\(name).txt").standardized
    let outcome = charnn(words)
    if ProcessInfo.processInfo.environment["UPDATE_OPTIONS"] == "1" {
      try outcome.output.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == outcome.output)
    #expect(outcome.messages.isEmpty)
    #expect(outcome.code == .done)
  }

  @Test(arguments: commandDescriptions.map(\.name) + ["--help"])
  func noLineOfHelpIsWiderThanATerminal(_ command: String) {
    for line in charnn(command, "--help").output.split(separator: "\n") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func aRowWrapsItsSecondColumnAtEightyColumns() {
    // 28 columns and twice 25 letters with a space between them are 79, with 26 one more is 80.
    let letters = String(repeating: "x", count: 25)
    let indent = String(repeating: " ", count: 28)
    #expect(
      helpRow("--a", "\(letters) \(letters)x")
        == "  --a" + String(repeating: " ", count: 23) + "\(letters) \(letters)x")
    #expect(
      helpRow("--a", "\(letters) \(letters)xx")
        == "  --a" + String(repeating: " ", count: 23) + "\(letters)\n\(indent)\(letters)xx")
    let wide = "--\(letters)"
    #expect(helpRow(wide, "text") == "  \(wide)\n\(indent)text")
  }
}
