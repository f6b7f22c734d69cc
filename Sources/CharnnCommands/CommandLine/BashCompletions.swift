/// bash completes file names itself, where the script asks for its default: it knows how to quote them.
func bashScript(_ commands: [CommandDescription]) -> String {
  let names = commands.map(\.name).joined(separator: " ")
  return """
    # bash completion of charnn
    _charnn() {
      local word="$2" option="${COMP_WORDS[COMP_CWORD-1]}"
      COMPREPLY=()
      if (( COMP_CWORD == 1 )); then
        COMPREPLY=($(compgen -W "\(names) help \(globalOptions.joined(separator: " "))" -- "$word"))
        return
      fi
      # Of these words, --name=value is three.
      [[ $option == = ]] && option="${COMP_WORDS[COMP_CWORD-2]}"
      case "${COMP_WORDS[1]}" in
    \(commands.map(bashCase).joined(separator: "\n"))
        help) COMPREPLY=($(compgen -W "\(names)" -- "$word")) ;;
        --generate-completion-script) COMPREPLY=($(compgen -W "\(shellWords)" -- "$word")) ;;
      esac
    }
    complete -F _charnn charnn

    """
}

private let bashFiles = "compopt -o default"

/// The branch of the script that completes the words after a command.
private func bashCase(_ command: CommandDescription) -> String {
  let choices = command.options.filter { !$0.choices.isEmpty }.map {
    "        --\($0.name)) COMPREPLY=($(compgen -W \"\($0.choices.joined(separator: " "))\" -- \"$word\")); return ;;"
  }
  let branches =
    choices
    + [
      branch(command.options.filter { $0.isFile }, "\(bashFiles); return"),
      branch(
        command.options.filter { $0.takesValue && !$0.isFile && $0.choices.isEmpty }, "return"),
    ].compactMap(\.self)
  let names = command.options.map { "--\($0.name)" }.joined(separator: " ")
  return """
        \(command.name))
          case "$option" in
    \(branches.joined(separator: "\n"))
          esac
          if [[ "$word" == -* ]]; then
            COMPREPLY=($(compgen -W "\(names)" -- "$word"))
    \(bashOperands(command.operands))
          fi ;;
    """
}

private func branch(_ options: [OptionDescription], _ action: String) -> String? {
  options.isEmpty
    ? nil : "        \(options.map { "--\($0.name)" }.joined(separator: "|"))) \(action) ;;"
}

private func bashOperands(_ operands: OperandKind) -> String {
  switch operands {
  case .corpora:
    """
          elif [[ "$word" == @* ]]; then
            COMPREPLY=($(compgen -W "\(corpusWords)" -- "$word"))
          else
            \(bashFiles)
    """
  case .files: "      else\n        \(bashFiles)"
  case .texts: "      else\n        :"
  }
}
