extension CommandDescription {
  /// What `charnn NAME --help` prints: examples first, then the options by group.
  var help: String {
    """
    \(summary)

    usage: \(usage)

    \(examples.map { helpRow($0.line, $0.effect, indent: 48) }.joined(separator: "\n"))

    \(discussion)

    \(optionGroups.map(section).joined(separator: "\n\n"))

    """
  }

  private func section(_ title: String, _ options: [OptionDescription]) -> String {
    let rows = options.map { helpRow($0.spelling, $0.helpWithDefault) }
    return (["\(title):"] + rows).joined(separator: "\n")
  }
}

extension OptionDescription {
  var helpWithDefault: String { defaultText.map { "\(help) (default: \($0))" } ?? help }
}

/// What charnn takes in place of a command, and what it does.
let globalOptionHelp = [
  CommandExample("-h, --help", "show this help; 'charnn help train' shows that of train"),
  CommandExample("--version", "show the version and the kernels in use"),
  CommandExample(
    "--generate-completion-script bash|zsh|fish", "print a completion script for that shell"),
  CommandExample("--generate-manual", "print the manual page, for man"),
]

/// The names of the global options.
let globalOptions = globalOptionHelp.flatMap { option in
  option.line.split(separator: " ").filter { $0.hasPrefix("--") }.map(String.init)
}

/// What `charnn --help` prints.
func overview(of commands: [CommandDescription]) -> String {
  """
  charnn trains character-level language models (RNN, GRU, LSTM) and writes text
  with them.

  usage: charnn <command> [options] ...

  To begin: charnn train
            charnn predict "the time traveller"

  commands:
  \(commands.map { helpRow($0.name, $0.summary) }.joined(separator: "\n"))

  options:
  \(globalOptionHelp.map { helpRow($0.line, $0.effect) }.joined(separator: "\n"))

  """
}

/// A row of two columns, the second of which is wrapped at column 80.
///
/// - Parameter indent: the column at which the second one starts.
func helpRow(_ left: String, _ right: String, indent: Int = 28) -> String {
  let margin = String(repeating: " ", count: indent)
  let lines = wrapped(right, columns: 80 - indent).map { margin + $0 }
  let start = "  " + left
  guard columns(of: start) <= indent - 2 else {
    return ([start] + lines).joined(separator: "\n")
  }
  let first = padded(start, columns: indent) + lines[0].dropFirst(indent)
  return ([first] + lines.dropFirst()).joined(separator: "\n")
}
