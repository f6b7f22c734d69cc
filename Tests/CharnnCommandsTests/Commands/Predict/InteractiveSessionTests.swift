import Testing

@testable import CharnnCommands
@testable import RecurrentLM

@Suite struct InteractiveSessionTests {
  /// What a session answers to lines.
  private func answers(
    _ lines: [String], options: [String] = [], atTerminal: Bool = false
  ) throws -> Outcome<ExitCode> {
    let folder = try Workspace()
    let settings = try #require(
      try Predict.parse(["--interactive", "--length", "8", "--temperature", "1"] + options))
    let transcript = Transcript()
    var abilities = ConsoleAbilities()
    abilities.inputIsTerminal = atTerminal
    let session = try InteractiveSession(
      settings, Checkpoint(contentsOf: folder.model), transcript.console(abilities))
    var rest = lines[...]
    let code = try session.run { rest.popFirst().map { Array($0.utf8) } }
    return Outcome(code: code, output: transcript.output, messages: transcript.messages)
  }

  /// What `predict` continues a text with.
  private func continuation(of text: String, length: Int = 8, seed: Int = 1) throws -> String {
    let object = try #require(
      try Workspace().onModel(
        "predict", text, "--length", "\(length)", "--temperature", "1", "--seed", "\(seed)",
        "--json"
      ).objects().first)
    return String(try #require(object["text"] as? String).dropFirst(text.count))
  }

  @Test func aLineAndItsEndAreReadAndContinued() throws {
    let outcome = try answers(["the fox"])
    #expect((outcome.code, outcome.messages) == (.done, ""))
    #expect(try outcome.output == continuation(of: "the fox\n") + "\n")
  }

  @Test func whatWasReadAndWrittenIsRemembered() throws {
    let whole = try continuation(of: "the fox\n", length: 16)
    let outcome = try answers(["the fox", ""])
    #expect(outcome.output == "\(whole.prefix(8))\n\(whole.suffix(8))\n")

    // A line that is typed begins a line.
    let second = try answers(["the fox", ":seed 1", "dog"])
    let written = String(whole.prefix(8))
    let text = "the fox\n\(written)\(written.hasSuffix("\n") ? "" : "\n")dog\n"
    #expect(try second.output == "\(written)\n\(continuation(of: text))\n")
  }

  @Test func aResetForgetsAllThatWasRead() throws {
    // Probabilities show what the little model remembers.
    func rows(_ lines: String...) throws -> String {
      try answers(lines, options: ["--confidence"]).output
    }
    let answer = try rows("dog")
    #expect(try rows("the fox", ":reset", ":seed 1", "dog").hasSuffix(answer))
    #expect(try !rows("the fox", ":seed 1", "dog").hasSuffix(answer))
  }

  @Test func anEmptyLineAtTheBeginningBeginsATextOfTheModels() throws {
    #expect(try answers([""]).output == continuation(of: "\n") + "\n")
  }

  @Test func settingsChangeAndGoBackToTheirDefaults() throws {
    #expect(try answers([":length 3", "fox"]).output.count == 3 + 1)
    #expect(try answers([":length", "fox"]).output.count == 50 + 1)
    #expect(
      try answers([":seed 7", "fox"]).output == (continuation(of: "fox\n", seed: 7)) + "\n")
    let greedy = try answers(["fox"], options: ["--temperature", "0"]).output
    #expect(try answers([":temperature", "fox"]).output == greedy)
    #expect(try answers([":temp 0", "fox"]).output == greedy)
    #expect(try answers([":top-k 1", "fox"]).output == greedy)
    let stopped = try answers([":length 1000", ":stop e", "fox"]).output
    #expect(stopped.hasSuffix("e\n") && stopped.count { $0 == "e" } == 1)
    #expect(
      try answers([":stop e", ":stop", "fox"]).output == answers(["fox"]).output)
  }

  @Test(arguments: [
    (":tempratur 1", "unknown command :tempratur; did you mean :temperature?"),
    (":nonsense", "unknown command :nonsense; see :help"),
    (":", "unknown command :; see :help"),
    (":temperature hot", "--temperature takes a number from 0, found 'hot'"),
    (":length -1", "--length takes a whole number from 0 to 1000000000, found '-1'"),
    (":stop Ü", "--stop has 'Ü' (U+00DC), which the model never writes"),
    (":quit now", ":quit takes no value"),
  ])
  func aCommandThatCannotBeUnderstoodChangesNothing(_ line: String, _ message: String) throws {
    let outcome = try answers([line, "fox"])
    #expect(outcome.messages == "warning: \(message)\n")
    #expect(try outcome.output == answers(["fox"]).output)
  }

  @Test func unknownCharactersAreNamedAndEndNothing() throws {
    let refused = try answers(["Fox", "fox"])
    #expect(refused.messages.contains("does not know 'F' (U+0046)"))
    #expect(try refused.output == answers(["fox"]).output)
    let skipped = try answers(["Fox"], options: ["--unknown", "skip"])
    #expect(skipped.messages == "warning: the model does not know 'F' (U+0046): left out\n")
    #expect(try skipped.output == answers(["ox"]).output)
  }

  @Test func quittingEndsBeforeTheLinesThatFollow() throws {
    for quit in [":quit", ":q"] {
      #expect(try answers([quit, "fox"]).output.isEmpty)
    }
  }

  @Test func onlyATerminalIsPrompted() throws {
    let outcome = try answers(["fox"], atTerminal: true)
    #expect(outcome.messages == ":help lists the commands; Ctrl-D ends\n> > \n")
  }

  @Test func helpShowsTheValuesInUseWithinFortyColumns() throws {
    let help = try answers([":temperature 0.8", ":help"]).messages
    #expect(help.contains(":temperature X  now 0.8\n"))
    #expect(help.contains(":length N       now 8\n"))
    #expect(help.contains(":top-k N        now all\n"))
    for command in SessionCommand.allCases { #expect(help.contains("\n:\(command.rawValue) ")) }
    for line in help.split(separator: "\n") { #expect(line.count <= 40) }
  }

  @Test func asJSONEachAnswerIsAnObject() throws {
    let objects = try answers(["fox", ""], options: ["--json"]).objects()
    #expect(objects.map { $0["prompt"] as? String } == ["fox", ""])
    #expect(objects.map { $0["characters"] as? Int } == [8, 8])
  }

  @Test func aSignalWhileALineIsWaitedForEndsTheSession() throws {
    let folder = try Workspace()
    let session = try InteractiveSession(
      Predict(), Checkpoint(contentsOf: folder.model), Transcript().console())
    #expect(try session.run { throw CancellationError() } == .interrupted)
  }
}
