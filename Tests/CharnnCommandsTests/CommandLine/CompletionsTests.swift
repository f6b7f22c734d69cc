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

  /// DIR stands for a folder with a file called text.txt.
  @Test(
    .enabled(if: isInstalled("bash"), "needs bash"),
    arguments: [
      (["tr"], ["train"]),
      (
        [""],
        [
          "train", "predict", "eval", "inspect", "--help", "--version",
          "--generate-completion-script", "--generate-manual",
        ]
      ),
      (["--ver"], ["--version"]),
      (["train", "--gru"], ["--gru-reset"]),
      (["train", "--cell", ""], ["rnn", "gru", "lstm"]),
      (["eval", "x", "--text", "f"], ["flat"]),
      (["predict", "--unknown", "s"], ["skip"]),
      (["inspect", "--h"], ["--history", "--html", "--help"]),
      (["predict", "--model", "DIR/te"], ["DIR/text.txt"]),
      (["train", "one", "DIR/te"], ["DIR/text.txt"]),
    ])
  func bashCompletesTheLastWord(_ words: [String], _ expected: [String]) throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(script(.bash), to: "script")
    let path = folder.path
    func named(_ text: String) -> String { text.replacing("DIR", with: path) }
    let typed = words.map { "'\(named($0))'" }.joined(separator: " ")
    let result = try system(
      "bash", "-c",
      """
      source '\(folder.file("script"))'; COMP_WORDS=(charnn \(typed)); COMP_CWORD=\(words.count)
      _charnn; printf '%s\\n' "${COMPREPLY[@]}"
      """)
    let replies = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
    #expect(Set(replies.map(String.init)) == Set(expected.map(named)), "\(result.messages)")
  }

  @Test func apostrophesAndBracketsInHelpAreQuoted() {
    #expect(script(.fish).contains("-l forget-bias -r -d 'added to the LSTM\\'s forget gate"))
    #expect(script(.zsh).contains("'*--forget-bias[added to the LSTM'\\''s forget gate"))
    #expect(script(.zsh).contains("[uniform\\: bound; normal\\: standard deviation"))
  }

  @Test func valuesOfFewChoicesAndFilesAreSaidToZshAndFish() {
    #expect(script(.zsh).contains("'*--cell[the recurrent cell]:value:(rnn gru lstm)'"))
    #expect(script(.zsh).contains("'*--out[the checkpoint to write]:value:_files'"))
    #expect(script(.zsh).contains("'*--quiet[print errors and warnings only]'"))
    #expect(
      script(.fish).contains(
        "complete -c charnn -n '__fish_seen_subcommand_from train' -l cell -x -a 'rnn gru lstm' "
          + "-d 'the recurrent cell'\n"))
  }
}
