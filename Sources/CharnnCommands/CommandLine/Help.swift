extension CommandDescription {
  /// What `charnn NAME --help` prints.
  var help: String {
    let rows = options.map { option in
      helpRow(
        option.spelling,
        option.defaultText.map { "\(option.help) (default: \($0))" } ?? option.help)
    }
    return """
      \(summary)

      usage: \(usage)

      \(discussion)

      options:
      \(rows.joined(separator: "\n"))

      """
  }
}

/// What charnn takes in place of a command.
let globalOptions = ["--help", "--version", "--generate-completion-script"]

/// What `charnn --help` prints.
func overview(of commands: [CommandDescription]) -> String {
  """
  charnn trains character-level language models (RNN, GRU, LSTM) and writes text
  with them.

  usage: charnn <command> [options] ...

  commands:
  \(commands.map { helpRow($0.name, $0.summary) }.joined(separator: "\n"))

  options:
  \(helpRow("-h, --help", "show this help; after a command, that command's"))
  \(helpRow("--version", "show the version and the kernels in use"))
  \(helpRow(
    "--generate-completion-script bash|zsh|fish", "print a completion script for that shell"))

  To begin: charnn train
            charnn predict "the time traveller"

  """
}

/// A row of two columns, the second of which starts at column 28 and is wrapped at column 80.
func helpRow(_ left: String, _ right: String) -> String {
  let indent = 28
  var lines: [String] = []
  var line = "  " + left
  if line.count > indent - 2 {
    lines.append(line)
    line = ""
  }
  line += String(repeating: " ", count: indent - line.count)
  for word in right.split(separator: " ") {
    if line.count + 1 + word.count > 80, line.count > indent {
      lines.append(line)
      line = String(repeating: " ", count: indent)
    }
    line += (line.count == indent ? "" : " ") + word
  }
  return (lines + [line]).joined(separator: "\n")
}
