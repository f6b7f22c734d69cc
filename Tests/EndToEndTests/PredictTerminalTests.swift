import Foundation
import Testing

/// `predict` as people see it, in a real terminal.
@Suite(.enabled(if: isInstalled("tmux"), "needs tmux"), .timeLimit(.minutes(5)))
struct PredictTerminalTests {
  private static let predict = "charnn predict --temperature 1"

  @Test(arguments: [40, 80])
  func aSessionIsHeldAtAPrompt(_ columns: Int) throws {
    let shell = try Shell.withModel()
    let terminal = try Terminal(
      shell, columns: columns, "\(Self.predict) --interactive --length 30")
    try terminal.wait("the prompt") { $0.endsInPrompt }
    try terminal.type("the fox", "Enter")
    try terminal.wait("an answer and the next prompt") {
      $0.contains("> the fox\n") && $0.endsInPrompt
    }
    try terminal.type(":tempratur 1", "Enter")
    try terminal.wait("a suggestion") { $0.contains("mean :temperature?") }
    try terminal.type("C-d")
    #expect(try terminal.waitForEnd().contains("[ended 0]"))
  }

  @Test func ctrlCStopsATextAndAtThePromptTheSession() throws {
    let shell = try Shell.withModel()
    // A shell that waits for it would end at the first Ctrl-C.
    let terminal = try Terminal(
      shell, columns: 40, "exec \(Self.predict) --interactive --length 1000000000")
    try terminal.wait("the prompt") { $0.endsInPrompt }
    // What stands on the screen before scrolls away.
    for before in ["Ctrl-D ends", "^C"] {
      try terminal.type("fox", "Enter")
      try terminal.wait("a long text") { !$0.contains(before) }
      try terminal.type("C-c")
      try terminal.wait("the prompt") { $0.contains("^C") && $0.endsInPrompt }
    }
    try terminal.type(":length 3", "Enter")
    try terminal.wait("the prompt") { $0.contains("> :length 3\n>") }
    try terminal.type("fox", "Enter")
    try terminal.wait("a short answer") {
      $0.contains("> fox\n") && $0.endsInPrompt
    }
    try terminal.type("C-c")
    #expect(try terminal.waitForEnd().contains("[ended 130]"))
  }

  @Test(arguments: [40, 80])
  func charactersAreShadedByTheirProbability(_ columns: Int) throws {
    let shell = try Shell.withModel()
    let terminal = try Terminal(
      shell, columns: columns, "\(Self.predict) fox --confidence --length 100")
    try terminal.waitForEnd()
    let colored = try terminal.screen(withColors: true)
    #expect(colored.contains("\u{1b}[1mfox"))
    #expect(colored.contains("48;5;"))
    let plain = try Terminal(
      shell, columns: columns, "NO_COLOR=1 \(Self.predict) fox --confidence --length 3")
    #expect(try plain.waitForEnd().contains(/^fox\n(\S+ +0\.[0-9]{4}\n){3}/))
  }

  @Test(arguments: [40, 80, 200])
  func alternativesTakeALineForEachCharacter(_ columns: Int) throws {
    let shell = try Shell.withModel()
    let terminal = try Terminal(
      shell, columns: columns, "\(Self.predict) fox --alternatives 27 --length 9")
    let lines = try terminal.waitForEnd().split(separator: "\n")
    #expect(lines.first == "fox")
    for line in lines[1...9] {
      #expect(line.contains(/^\S+ +0\.[0-9]{4}   \S+ +0\.[0-9]{4}/), "\(line)")
    }
    #expect(lines[10].hasPrefix("[ended 0]"))
  }
}

extension String {
  fileprivate var endsInPrompt: Bool {
    trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("\n>")
  }
}
