/// The manual page charnn(1), in the macros of man (groff_man(7)), from the tables that `--help` uses.
func manual(of commands: [CommandDescription]) -> String {
  let version = roff("charnn \(version)")
  return """
    .TH CHARNN 1 "" "\(version)" "User Commands"
    .SH NAME
    charnn \\- train character-level language models and write text with them
    .SH SYNOPSIS
    \(commands.map { ".B \(roff($0.usage))" }.joined(separator: "\n.br\n"))
    .SH DESCRIPTION
    charnn trains recurrent networks (RNN, GRU, LSTM) on a text, character by character, writes
    text with them, measures how well they predict a text and shows what they hold.
    \(commands.map(section).joined(separator: "\n"))
    .SH OPTIONS WITHOUT A COMMAND
    \(globalOptionHelp.map { tagged($0.line, $0.effect) }.joined(separator: "\n"))
    .SH ENVIRONMENT
    \(tagged("CHARNN_MODEL", "the checkpoint that predict, eval and inspect read by default"))
    \(tagged("CHARNN_KERNELS", "baseline, avx2, avx512, avx512bf16 or amx forces an instruction set"))
    \(tagged("NO_COLOR, TERM=dumb", "no colours; no colours and no animation"))
    .SH EXIT STATUS
    \(ExitCode.allCases.map { tagged("\($0.rawValue)", $0.meaning) }.joined(separator: "\n"))

    """
}

private func section(_ command: CommandDescription) -> String {
  let examples = command.examples.map { example in
    tagged(example.line, example.effect)
  }
  let options = command.optionGroups.map { group in
    ([".SS \(roff("\(command.name): \(group.title)"))"]
      + group.options.map { tagged($0.spelling, $0.helpWithDefault) }).joined(separator: "\n")
  }
  return """
    .SH CHARNN \(command.name.uppercased())
    \(roff(command.discussion))
    .SS \(command.name): examples
    \((examples + options).joined(separator: "\n"))
    """
}

/// A paragraph with a bold heading.
private func tagged(_ heading: String, _ text: String) -> String {
  ".TP\n.B \(roff(heading))\n\(roff(text))"
}

/// A text in which man finds no control lines, and keeps what it would read or draw otherwise.
private func roff(_ text: String) -> String {
  let escaped = text.unicodeScalars.map { scalar -> String in
    switch scalar {
    case "\\": "\\e"
    case "-": "\\-"
    case "'": "\\(aq"
    case "~": "\\(ti"
    case "^": "\\(ha"
    case "`": "\\(ga"
    case "\"": "\\(dq"
    case _ where !scalar.isASCII: "\\[u\(codePoint(scalar).dropFirst(2))]"
    default: String(scalar)
    }
  }.joined()
  return escaped.split(separator: "\n", omittingEmptySubsequences: false)
    .map { $0.hasPrefix(".") ? "\\&\($0)" : "\($0)" }.joined(separator: "\n")
}
