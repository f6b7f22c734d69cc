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
    try terminal.wait("training is under way") { $0.contains("[#") }
    let screen = try terminal.screen()
    #expect(screen.components(separatedBy: "/1000  ").count <= 2, "\(screen)")
    try terminal.type("C-c")
    try terminal.waitForEnd()
  }
}
