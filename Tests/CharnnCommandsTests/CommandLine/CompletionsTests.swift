import Testing

@testable import CharnnCommands

@Suite struct CompletionsTests {
  private func script(_ shell: Shell) -> String {
    shell.completionScript(for: commandDescriptions)
  }

  @Test(arguments: Shell.allCases)
  func everyCommandOptionAndChoiceIsInTheScript(_ shell: Shell) {
    let words = Set(
      script(shell).split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init))
    for command in commandDescriptions {
      #expect(words.contains(command.name))
      for option in command.options {
        #expect(words.contains(shell == .fish ? option.name : "--\(option.name)"))
        #expect(words.isSuperset(of: option.choices))
      }
    }
    #expect(words.contains(shell == .fish ? "version" : "--version"))
    #expect(
      words.contains(shell == .fish ? "generate-completion-script" : "--generate-completion-script")
    )
  }

  @Test(.enabled(if: isInstalled("bash"), "needs bash"))
  func bashCanReadItsScript() throws { try checkSyntax(.bash) }

  @Test(.enabled(if: isInstalled("zsh"), "needs zsh"))
  func zshCanReadItsScript() throws { try checkSyntax(.zsh) }

  @Test(.enabled(if: isInstalled("fish"), "needs fish"))
  func fishCanReadItsScript() throws { try checkSyntax(.fish) }

  private func checkSyntax(_ shell: Shell) throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(script(shell), to: "script")
    let check = try system("\(shell)", "-n", folder.file("script"))
    #expect(check.code == 0, "\(check.messages)")
  }

  @Test func apostrophesAndBracketsInHelpAreQuoted() {
    #expect(script(.fish).contains("-l forget-bias -x -d 'added to the LSTM\\'s forget gate"))
    #expect(script(.zsh).contains("'*--forget-bias=[added to the LSTM'\\''s forget gate"))
    #expect(script(.zsh).contains("[uniform\\: bound; normal\\: standard deviation"))
  }

  @Test func valuesOfFewChoicesAndFilesAreSaidToZshAndFish() {
    #expect(script(.zsh).contains("'*--cell=[the recurrent cell]:value:(rnn gru lstm)'"))
    #expect(script(.zsh).contains("'*--out=[the checkpoint to write]:value:_files'"))
    #expect(script(.zsh).contains("'*--quiet[print errors and warnings only]'"))
    #expect(
      script(.fish).contains(
        "complete -c charnn -n '__charnn_command train' -l cell -x -a 'rnn gru lstm' "
          + "-d 'the recurrent cell'\n"))
  }
}
