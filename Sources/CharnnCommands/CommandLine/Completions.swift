/// A shell for which charnn can print a completion script.
enum Shell: String, CaseIterable {
  case bash
  case zsh
  case fish

  /// A script that completes charnn's commands, options and values in this shell.
  func completionScript(for commands: [CommandDescription]) -> String {
    switch self {
    case .bash: bashScript(commands)
    case .zsh: zshScript(commands)
    case .fish: fishScript(commands)
    }
  }
}

private func bashScript(_ commands: [CommandDescription]) -> String {
  """
  # bash completion of charnn
  _charnn() {
    local word="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
      COMPREPLY=($(compgen -W "\(commands.map(\.name).joined(separator: " ")) \
  \(globalOptions.joined(separator: " "))" -- "$word"))
      return
    fi
    case "${COMP_WORDS[1]}" in
  \(commands.map(bashCase).joined(separator: "\n"))
    esac
  }
  complete -o filenames -F _charnn charnn

  """
}

/// The branch of the script that completes the words after a command.
private func bashCase(_ command: CommandDescription) -> String {
  let values = command.options.filter { !$0.choices.isEmpty }.map {
    "        --\($0.name)) COMPREPLY=($(compgen -W \"\($0.choices.joined(separator: " "))\" -- \"$word\")); return ;;"
  }
  let others = command.options.filter { $0.takesValue && $0.choices.isEmpty }.map {
    "--\($0.name)"
  }
  let names = command.options.map { "--\($0.name)" }.joined(separator: " ")
  // bash has no empty pattern, but '' matches nothing here: a word always precedes.
  let patterns = others.isEmpty ? "''" : others.joined(separator: "|")
  return """
        \(command.name))
          case "$previous" in
    \(values.joined(separator: "\n"))
            \(patterns)) COMPREPLY=($(compgen -f -- "$word")); return ;;
          esac
          if [[ "$word" == -* ]]; then
            COMPREPLY=($(compgen -W "\(names)" -- "$word"))
          else
            COMPREPLY=($(compgen -f -- "$word"))
          fi ;;
    """
}

private func zshScript(_ commands: [CommandDescription]) -> String {
  let summaries = commands.map { "      '\($0.name):\(zshQuoted($0.summary))'" }
  return """
    #compdef charnn
    # zsh completion of charnn
    _charnn() {
      local -a commands
      commands=(
    \(summaries.joined(separator: "\n"))
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
      esac
    }
    compdef _charnn charnn

    """
}

/// The branch of the script that completes the words after a command.
private func zshCase(_ command: CommandDescription) -> String {
  let specifications = command.options.map { option in
    let action =
      option.choices.isEmpty
      ? (option.isFile ? "_files" : " ") : "(\(option.choices.joined(separator: " ")))"
    let value = option.takesValue ? ":value:\(action)" : ""
    return "        '*--\(option.name)[\(zshQuoted(option.help))]\(value)' \\"
  }
  return """
        \(command.name))
          _arguments \\
    \(specifications.joined(separator: "\n"))
            '*:file:_files' ;;
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

private func fishScript(_ commands: [CommandDescription]) -> String {
  var lines = ["# fish completion of charnn"]
  for option in ["help", "version"] {
    lines.append("complete -c charnn -n __fish_use_subcommand -f -l \(option)")
  }
  lines.append(
    "complete -c charnn -n __fish_use_subcommand -x -l generate-completion-script "
      + "-a 'bash zsh fish'")
  for command in commands {
    lines.append(
      "complete -c charnn -n __fish_use_subcommand -f -a \(command.name) "
        + "-d \(fishQuoted(command.summary))")
    for option in command.options {
      let kind =
        !option.takesValue
        ? "" : option.choices.isEmpty ? " -r" : " -x -a '\(option.choices.joined(separator: " "))'"
      lines.append(
        "complete -c charnn -n '__fish_seen_subcommand_from \(command.name)' "
          + "-l \(option.name)\(kind) -d \(fishQuoted(option.help))")
    }
  }
  return lines.joined(separator: "\n") + "\n"
}

private func fishQuoted(_ text: String) -> String {
  "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'") + "'"
}
