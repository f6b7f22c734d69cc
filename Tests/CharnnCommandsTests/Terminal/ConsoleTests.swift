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
    let console = transcript.console(ConsoleAbilities(animates: canAnimate))
    console.animate("half")
    console.animate("")
    #expect(transcript.messages == expected)
    #expect(transcript.output.isEmpty)
  }

  @Test func aRedrawnLineIsCutToTheTerminal() {
    let transcript = Transcript()
    let console = transcript.console(ConsoleAbilities(animates: true, columns: { 6 }))
    console.animate("epoch 12")
    console.animate("時間旅行")
    #expect(transcript.messages == "\r\u{1b}[Kepoch\r\u{1b}[K時間")
  }

  @Test func coloursAreForTerminalsThatShowThem() throws {
    var text = StyledText("a\u{1b}b", .bold)
    text.append("c")
    let (plain, colored) = (Transcript(), Transcript())
    try plain.console().write(text)
    try colored.console(ConsoleAbilities(outputIsTerminal: true, colors: true)).write(text)
    #expect(plain.output == "a\u{1b}bc")
    #expect(colored.output == "\u{1b}[1ma\\u{1b}b\u{1b}[0mc")
  }

  @Test func warningsAndErrorsAreObjectsOnAnOutputOfJSON() throws {
    let transcript = Transcript()
    let console = transcript.console().reportingJSON
    try console.warn("odd")
    console.report(Failure("bad", .badData))
    #expect(
      transcript.output == """
        {"event":"warning","message":"odd"}
        {"event":"error","message":"bad","exit_code":65}

        """)
    #expect(transcript.messages == "warning: odd\ncharnn: bad\n")
  }

  @Test(arguments: [
    (["TERM": "xterm"], true), (["TERM": "dumb"], false), (["TERM": ""], false), ([:], false),
  ])
  func plainTerminalsAreRespected(_ environment: [String: String], _ mayAnimate: Bool) {
    let abilities = ConsoleAbilities.standard(environment)
    #expect(!abilities.animates || mayAnimate)
    #expect(!abilities.colors || mayAnimate)
  }

  @Test func whatCannotBeWrittenIsAnError() {
    #expect(throws: OutputError(reason: "No space left on device")) {
      try fullConsole().line("a")
    }
  }
}
