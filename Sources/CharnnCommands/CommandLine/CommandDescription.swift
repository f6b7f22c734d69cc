/// A command without its type: what help, completions and the reference show of it.
struct CommandDescription {
  let name: String
  let summary: String
  let usage: String
  let operands: OperandKind
  let examples: [CommandExample]
  let discussion: String
  /// `--help` is the last option of the last group.
  let optionGroups: [(title: String, options: [OptionDescription])]

  init<Command: Subcommand>(_: Command.Type) {
    name = Command.name
    summary = Command.summary
    usage = "charnn \(Command.name) [options] \(Command.operandUsage)"
    operands = OperandKind(Command.operandUsage)
    examples = Command.examples
    discussion = Command.discussion
    var groups = Command.optionGroups.map { group in
      (title: group.title, options: group.options.map { OptionDescription($0) })
    }
    groups[groups.count - 1].options.append(.help)
    optionGroups = groups
  }

  var options: [OptionDescription] { optionGroups.flatMap(\.options) }

  func has(_ option: String) -> Bool { options.contains { $0.name == option } }
}

/// What a command's operands are, for completions.
enum OperandKind {
  /// Files, folders and built-in corpora.
  case corpora
  case files
  case texts

  /// - Parameter usage: `[CORPUS ...]`, `[FILE]`.
  init(_ usage: String) {
    self = usage.contains("CORPUS") ? .corpora : usage.contains("FILE") ? .files : .texts
  }
}

/// A command line as help shows it, and what it does, in a few words.
struct CommandExample {
  let line: String
  let effect: String

  init(_ line: String, _ effect: String) {
    self.line = line
    self.effect = effect
  }
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
