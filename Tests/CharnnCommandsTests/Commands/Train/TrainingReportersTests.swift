import RecurrentLM
import Testing

@testable import CharnnCommands

/// A file on a disk that is full.
private struct FullFile: TrainingReporter {
  let error = OutputFileError("log.jsonl", "No space left on device", .impossible)

  func begin(_ summary: String, _ event: JSONLine) throws { throw error }
  func checkpoint(_ path: String, epoch: Int) throws { throw error }
}

@Suite struct TrainingReportersTests {
  @Test func aFileThatCannotBeWrittenIsSaidOnceAndDoesNotEndTheTraining() throws {
    let transcript = Transcript()
    let console = transcript.console()
    let reporters = TrainingReporters(
      JSONReporter { try console.line($0) }, files: [FullFile()], console)
    try reporters.begin("", JSONLine())
    try reporters.checkpoint("m", epoch: 2)
    #expect(
      transcript.messages
        == "warning: log.jsonl: cannot be written: No space left on device; training goes on\n")
    #expect(transcript.output.contains(#"{"event":"checkpoint","path":"m","epoch":2}"#))
  }

  @Test func whatCannotBeShownStillReachesTheFiles() throws {
    let transcript = Transcript()
    let file = JSONReporter { try transcript.console().line($0) }
    let reporters = TrainingReporters(
      JSONReporter { try fullConsole().line($0) }, files: [file], fullConsole())
    #expect(throws: OutputError.self) { try reporters.checkpoint("m", epoch: 2) }
    #expect(transcript.output == "{\"event\":\"checkpoint\",\"path\":\"m\",\"epoch\":2}\n")
  }
}
