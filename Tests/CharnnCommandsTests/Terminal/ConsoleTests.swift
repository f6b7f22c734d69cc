import Testing

@testable import CharnnCommands

@Suite struct ConsoleTests {
  @Test func dataAndMessagesGoTheirOwnWays() throws {
    let transcript = Transcript()
    let console = transcript.console()
    try console.write("a")
    try console.line("b")
    console.note("c")
    #expect(transcript.output == "ab\n")
    #expect(transcript.messages == "c\n")
  }

  @Test(arguments: [(true, "\r\u{1b}[Khalf\r\u{1b}[K"), (false, "")])
  func animationDrawsOverALineOnATerminalOnly(_ canAnimate: Bool, _ expected: String) {
    let transcript = Transcript()
    let console = transcript.console(canAnimate: canAnimate)
    console.animate("half")
    console.animate("")
    #expect(transcript.messages == expected)
    #expect(transcript.output.isEmpty)
  }

  @Test func whatCannotBeWrittenIsAnError() {
    #expect(throws: OutputError(reason: "No space left on device")) {
      try fullConsole().line("a")
    }
  }
}
