import Corpora
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct DispatchTests {
  @Test func withoutAWordTheOverviewIsAMessage() {
    let outcome = charnn()
    #expect(outcome.code == .usage)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages == overview(of: commandDescriptions) + "\n")
  }

  @Test func theVersionNamesTheKernels() {
    let outcome = charnn("--version")
    #expect(outcome.code == .done)
    #expect(outcome.output == "charnn \(version) (\(InstructionSet.current.name) kernels)\n")
  }

  @Test(arguments: Shell.allCases)
  func completionScriptsArePrinted(_ shell: Shell) {
    let outcome = charnn("--generate-completion-script", "\(shell)")
    #expect(outcome.code == .done)
    #expect(outcome.output == shell.completionScript(for: commandDescriptions))
  }

  @Test(arguments: [
    (["trian"], "unknown command trian; did you mean train?"),
    (["frobnicate"], "unknown command frobnicate"),
    (["generate"], "unknown command generate; did you mean predict?"),
    (["help", "sample"], "unknown command sample; did you mean predict?"),
    (["--versoin"], "unknown option --versoin; did you mean --version?"),
    (["--layers", "2"], "unknown option --layers"),
    (["--generate-completion-script"], "--generate-completion-script takes bash, zsh or fish"),
    (
      ["--generate-completion-script", "tcsh"],
      "--generate-completion-script takes bash, zsh or fish"
    ),
  ])
  func whatIsNoCommandIsAUsageError(_ words: [String], _ message: String) {
    let outcome = charnn(words)
    #expect(outcome.code == .usage)
    #expect(outcome.messages == "charnn: \(message)\nSee 'charnn --help'.\n")
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: commandDescriptions.map(\.name))
  func helpOfACommandIsItsOptionHelp(_ command: String) {
    #expect(charnn("help", command).output == charnn(command, "--help").output)
  }

  @Test(arguments: [["--version"], ["--help"], ["train", "--help"]])
  func outputThatCannotBeWrittenIsAnInputOutputError(_ words: [String]) {
    #expect(run(words, fullConsole()) == .inputOutput)
  }
}
