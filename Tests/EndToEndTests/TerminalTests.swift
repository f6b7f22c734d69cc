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

  /// Trains for longer than the test, with a chart.
  private static let training =
    "charnn train text.txt --batch 4 --steps 8 --hidden 8 --layers 1 --epochs 100000 --validation 0.2"

  @Test func theChartFollowsAResize() throws {
    let shell = try Shell(["text.txt": String(repeating: Tiny.text, count: 4)])
    let terminal = try Terminal(shell, columns: 80, rows: 24, "\(Self.training) --sample-every 0")
    try terminal.wait("a chart") { $0.contains("● best") && $0.contains("left") }
    for columns in [40, 200, 60] {
      try terminal.resize(columns: columns, rows: 24)
      try terminal.wait("one chart of the new width") { screen in
        let lines = screen.split(separator: "\n")
        return lines.count { $0.contains("┤") } >= 2
          && lines.count { $0.hasPrefix("perplexity") } == 1
          && lines.count { $0.hasPrefix("epoch ") } == 1
      }
    }
    try terminal.type("C-c")
    let end = try terminal.waitForEnd()
    // The chart stays above the last lines.
    #expect(end.components(separatedBy: "⠒⠒ in training").count == 2, "\(end)")
    #expect(end.contains("stopped after ") && end.contains("charnn.safetensors is written"))
  }

  @Test func aChineseTextWithPicturesIsSampledAboveTheChart() throws {
    let text = String(repeating: "春眠不覺曉，處處聞啼鳥。👩‍🚀🎉夜來風雨聲，花落知多少。\n", count: 12)
    let shell = try Shell(["text.txt": text])
    let terminal = try Terminal(
      shell, columns: 40, rows: 30, "\(Self.training) --sample-every 200 --sample-length 20")
    let screen = try terminal.wait("a sample and a chart") {
      $0.contains("— epoch 200, temperature 0.5 —") && $0.contains("┤")
    }
    #expect(screen.components(separatedBy: "⠒⠒ in training").count == 2, "\(screen)")
    try terminal.type("C-c")
    try terminal.waitForEnd()
  }

  @Test func aTerminalThatDrawsNothingGetsTheLinesOfTheEpochs() throws {
    let shell = try Shell(["text.txt": Tiny.text])
    let terminal = try Terminal(
      shell, columns: 80, term: "dumb", "charnn train $TINY text.txt")
    let screen = try terminal.waitForEnd()
    #expect(screen.contains("epoch 1/2: perplexity ") && !screen.contains("┤"), "\(screen)")
    #expect(screen.contains("next: charnn predict --temperature 0.8"), "\(screen)")
  }
}
