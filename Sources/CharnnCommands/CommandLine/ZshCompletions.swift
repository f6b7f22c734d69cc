/// zsh runs the file, when it has found it in its `fpath`, as the function of the same name: then it
/// completes at once. A file that is sourced only says who completes.
func zshScript(_ commands: [CommandDescription]) -> String {
  let summaries = commands.map { "    '\($0.name):\(zshQuoted($0.summary))'" }
  return """
    #compdef charnn
    # zsh completion of charnn
    _charnn_corpora() {
      _alternative 'built-in:built-in text:(\(corpusWords))' 'files:file:_files'
    }
    _charnn() {
      local -a commands
      commands=(
    \(summaries.joined(separator: "\n"))
        'help:show the help of a command'
      )
      if (( CURRENT == 2 )); then
        _describe command commands
        compadd -- \(globalOptions.joined(separator: " "))
        return
      fi
      local command=$words[2]
      shift words
      (( CURRENT-- ))
      case $command in
    \(commands.map(zshCase).joined(separator: "\n"))
        help) (( CURRENT == 2 )) && _describe command commands ;;
        --generate-completion-script) compadd -- \(shellWords) ;;
      esac
    }
    if [[ $funcstack[1] == _charnn ]]; then
      _charnn "$@"
    else
      compdef _charnn charnn
    fi

    """
}

/// The branch of the script that completes the words after a command.
private func zshCase(_ command: CommandDescription) -> String {
  let specifications = command.options.map { option in
    let action =
      option.choices.isEmpty
      ? (option.isFile ? "_files" : " ") : "(\(option.choices.joined(separator: " ")))"
    let (equals, value) = option.takesValue ? ("=", ":value:\(action)") : ("", "")
    return "        '*--\(option.name)\(equals)[\(zshQuoted(option.help))]\(value)' \\"
  }
  let operands =
    switch command.operands {
    case .corpora: "*:corpus:_charnn_corpora"
    case .files: "*:file:_files"
    case .texts: "*:text: "
    }
  return """
        \(command.name))
          _arguments -S \\
    \(specifications.joined(separator: "\n"))
            '\(operands)' ;;
    """
}

/// A text for use between apostrophes, in which `_arguments` and `_describe` find no syntax.
private func zshQuoted(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "'": result += "'\\''"
    case "[", "]", ":", "\\": result += "\\\(character)"
    default: result.append(character)
    }
  }
  return result
}
