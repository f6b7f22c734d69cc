/// A command without its type: what help, completions and the reference show of it.
struct CommandDescription {
  let name: String
  let summary: String
  let usage: String
  let discussion: String
  let optionGroups: [(title: String?, options: [OptionDescription])]

  init<Command: Subcommand>(_: Command.Type) {
    name = Command.name
    summary = Command.summary
    usage = "charnn \(Command.name) [options] \(Command.operandUsage)"
    discussion = Command.discussion
    optionGroups = Command.optionGroups.map { group in
      (group.title, group.options.map { OptionDescription($0) })
    }
  }

  /// All options, `--help` last.
  var options: [OptionDescription] { optionGroups.flatMap(\.options) + [.help] }
}

/// An option without the type of its command.
struct OptionDescription {
  let name: String
  let spelling: String
  let help: String
  var defaultText: String?
  var choices: [String] = []
  var takesValue = false
  var isFile = false

  static let help = OptionDescription(
    name: "help", spelling: "-h, --help", help: "show this help")
}

extension OptionDescription {
  init<Command>(_ option: Option<Command>) {
    self.init(
      name: option.name, spelling: option.spelling, help: option.help,
      defaultText: option.defaultText, choices: option.choices,
      takesValue: option.valueName != nil, isFile: option.isFile)
  }
}
