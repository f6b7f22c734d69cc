/// fish completes file names everywhere unless it is told not to, and then only where it is told to.
func fishScript(_ commands: [CommandDescription]) -> String {
  let names = commands.map(\.name).joined(separator: " ")
  let beginning = """
    # fish completion of charnn
    function __charnn_command --description 'Whether the command is one of these; none: whether there is none yet'
      set -l words (commandline -opc)
      if set -q argv[1]
        contains -- "$words[2]" $argv
      else
        not set -q words[2]
      end
    end
    complete -c charnn -f
    complete -c charnn -n __charnn_command -a help -d 'show the help of a command'
    complete -c charnn -n '__charnn_command help' -a '\(names)'
    complete -c charnn -n '__charnn_command --generate-completion-script' -a '\(shellWords)'

    """
  let global = globalOptions.map {
    "complete -c charnn -n __charnn_command -l \($0.dropFirst(2))\n"
  }
  return beginning + global.joined() + commands.map(fishLines).joined()
}

/// The lines that complete a command and the words after it.
private func fishLines(_ command: CommandDescription) -> String {
  let isCommand = "complete -c charnn -n '__charnn_command \(command.name)'"
  let operands =
    switch command.operands {
    case .corpora: ["\(isCommand) -F -a '\(corpusWords)'"]
    case .files: ["\(isCommand) -F"]
    case .texts: [String]()
    }
  let options = command.options.map { option in
    let value =
      !option.takesValue
      ? ""
      : option.isFile
        ? " -r -F"
        : option.choices.isEmpty ? " -x" : " -x -a '\(option.choices.joined(separator: " "))'"
    return "\(isCommand) -l \(option.name)\(value) -d \(fishQuoted(option.help))"
  }
  let name =
    "complete -c charnn -n __charnn_command -a \(command.name) -d \(fishQuoted(command.summary))"
  return ([name] + operands + options).joined(separator: "\n") + "\n"
}

private func fishQuoted(_ text: String) -> String {
  // Between apostrophes a backslash that stands before another one, or an apostrophe, quotes it.
  "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
}
