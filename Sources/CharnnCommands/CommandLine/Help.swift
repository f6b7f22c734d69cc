/// A subcommand without its type: what help and completions need of it.
struct CommandDescription {
  let name: String
  let summary: String
  let usage: String
  let discussion: String
  let options: [OptionDescription]

  init<Command: Subcommand>(_: Command.Type) {
    name = Command.name
    summary = Command.summary
    usage = "charnn \(Command.name) [options] \(Command.operandUsage)"
    discussion = Command.discussion
    options =
      Command.options.map {
        OptionDescription(
          name: $0.name, spelling: $0.spelling, help: $0.help, defaultText: $0.defaultText,
          choices: $0.choices, takesValue: $0.valueName != nil, isFile: $0.isFile)
      } + [.help]
  }
}

struct OptionDescription {
  let name: String
  let spelling: String
  let help: String
  let defaultText: String?
  let choices: [String]
  let takesValue: Bool
  let isFile: Bool

  static let help = OptionDescription(
    name: "help", spelling: "-h, --help", help: "show this help", defaultText: nil, choices: [],
    takesValue: false, isFile: false)

  fileprivate var helpWithDefault: String {
    defaultText.map { "\(help) (default: \($0))" } ?? help
  }
}

extension CommandDescription {
  /// What `charnn NAME --help` prints.
  var help: String {
    """
    \(summary)

    usage: \(usage)

    \(discussion)

    options:
    \(options.map { Self.row($0.spelling, $0.helpWithDefault) }.joined(separator: "\n"))

    """
  }

  /// The README's table of the options.
  var markdown: String {
    let rows = options.dropLast().map { option in
      let spelling = option.spelling.split(separator: "|").joined(separator: "\\|")
      return "| `\(spelling)` | \(option.defaultText ?? "") | \(option.help) |"
    }
    return """
      ### `\(usage)`

      \(discussion)

      | option | default | meaning |
      | --- | --- | --- |
      \(rows.joined(separator: "\n"))

      """
  }

  /// Two columns; the second is wrapped to 80 columns.
  static func row(_ left: String, _ right: String) -> String {
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
}

/// What `charnn --help` prints.
func overview(of commands: [CommandDescription]) -> String {
  """
  charnn trains character-level language models (RNN, GRU, LSTM) and writes text
  with them.

  usage: charnn <command> [options] ...

  commands:
  \(commands.map { CommandDescription.row($0.name, $0.summary) }.joined(separator: "\n"))

  options:
  \(CommandDescription.row("-h, --help", "show this help; after a command, that command's"))
  \(CommandDescription.row("--version", "show the version and the kernels in use"))
  \(CommandDescription.row(
    "--generate-completion-script bash|zsh|fish", "print a completion script for that shell"))

  To begin: charnn train
            charnn predict "the time traveller"

  """
}
