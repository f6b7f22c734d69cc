/// An option of a command. Parsing, `--help`, shell completions and the reference of all options are
/// all made from it.
struct Option<Command> {
  /// Without the dashes.
  let name: String
  /// The setting that it changes, by which code asks whether the option was given.
  let setting: PartialKeyPath<Command>
  /// What stands for the value in the help; nil for a switch.
  let valueName: String?
  let help: String
  /// How the default is shown; nil where there is none to show.
  let defaultText: String?
  /// All values that it takes, if they are few words.
  var choices: [String] = []
  /// Whether the value is a file name, for completions.
  var isFile = false
  /// Parses a value (empty for a switch) and stores it in the command.
  let store: (inout Command, String) throws(InvalidValue) -> Void

  /// `--layers N`
  var spelling: String { valueName.map { "--\(name) \($0)" } ?? "--\(name)" }
}

/// A value that does not fit its option.
struct InvalidValue: Error, Equatable {
  /// What the option takes, to go on from "takes": `a whole number from 1 to 256`.
  let expected: String
}

/// Options that belong together, no more than a screen of help shows.
struct OptionGroup<Command> {
  let title: String
  let options: [Option<Command>]
}

/// An option with the value that the command line gave it.
struct GivenOption<Command> {
  let option: Option<Command>
  /// Empty for a switch.
  let value: String

  /// Stores the value in a command.
  ///
  /// - Throws: `UsageError` where it does not fit the option.
  func store(in command: inout Command) throws(UsageError) {
    do {
      try option.store(&command, value)
    } catch {
      throw UsageError("--\(option.name) takes \(error.expected), found '\(value)'")
    }
  }
}

extension Array {
  /// Whether one of these options changes the setting.
  func contains<Command>(_ setting: PartialKeyPath<Command>) -> Bool
  where Element == GivenOption<Command> {
    contains { $0.option.setting == setting }
  }
}
