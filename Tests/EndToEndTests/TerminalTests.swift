import Foundation
import Testing

/// What people see, in a real terminal.
@Suite(.enabled(if: isInstalled("tmux"), "needs tmux"))
struct TerminalTests {
  @Test(arguments: [40, 80, 200])
  func theProgressLineNeverWraps(_ columns: Int) throws {
    let shell = try Shell(["text.txt": Tiny.text])
    let terminal = try Terminal(
      shell, columns: columns,
      "charnn train text.txt --objective cloze --batch 4 --steps 8 --hidden 8 --epochs 1000 --sample-every 0"
    )
    try terminal.wait("training is under way") { $0.contains("/1000") }
    let screen = try terminal.screen()
    #expect(screen.components(separatedBy: "/1000").count <= 2, "\(screen)")
    try terminal.type("C-c")
    try terminal.waitForEnd()
  }

  @Test(arguments: [40, 80])
  func unitsColourATextAndGatesHaveBars(_ columns: Int) throws {
    let shell = try Shell.withModel()
    let terminal = try Terminal(
      shell, columns: columns,
      "charnn inspect --cells 'the quick brown fox' --unit 1:3 --gates --corpus text.txt")
    let screen = try terminal.waitForEnd()
    #expect(screen.hasPrefix("1:3\nfrom "))
    #expect(screen.contains("\nthe quick brown fox\n"))
    #expect(screen.contains(/\nforget gate +\d\.\d\d +\d+% +\d+% [ ▁▂▃▄▅▆▇█]+\n/), "\(screen)")
    #expect(try terminal.screen(withColors: true).contains(/48;5;\d+m/))
  }

  @Test(arguments: [40, 80])
  func theOverviewEndsWithTheHistoryAsAChart(_ columns: Int) throws {
    let shell = try Shell.withModel()
    let terminal = try Terminal(shell, columns: columns, "charnn inspect")
    let screen = try terminal.waitForEnd()
    #expect(
      screen.hasPrefix("checkpoint    charnn.safetensors\nmodel         LSTM, 1 layer of 8\n"))
    #expect(screen.contains(/\n\nperplexity  ⠒⠒ in training.*\n/), "\(screen)")
    #expect(screen.contains(/[⠁-⣿]●\n/), "\(screen)")
    #expect(try terminal.screen(withColors: true).contains("\u{1b}[34m"))
  }

  @Test func withoutColoursCellsAreATable() throws {
    let shell = try Shell.withModel()
    let terminal = try Terminal(
      shell, columns: 80, "charnn inspect --cells 'the' --unit 1:3 --no-color")
    let screen = try terminal.waitForEnd()
    #expect(screen.contains(#/position +character +1:3\n1 +t +-?0\.\d{4}\n2 /#), "\(screen)")
  }

  @Test func evalShadesTheTextAndItsLines() throws {
    let shell = try Shell.withModel()
    try shell.write(Data("the fox\nzzz 狐 dog\n".utf8), to: "odd.txt")
    let terminal = try Terminal(
      shell, columns: 40,
      "charnn eval odd.txt --unknown skip --chars; charnn eval odd.txt --unknown skip --lines")
    let screen = try terminal.waitForEnd()
    #expect(screen.contains("the most surprising places"))
    #expect(screen.contains(#/\n +\d+\.\d\d +2  zzz 狐 dog\n/#), "\(screen)")
    #expect(try terminal.screen(withColors: true).contains(#/\u{1b}\[[\d;]*48;5;\d+m/#))
  }
}
