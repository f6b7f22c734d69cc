/// A command of charnn: its settings, the options that set them, and what it does.
protocol Subcommand {
  /// All settings at their defaults.
  init()
  static var name: String { get }
  /// One line.
  static var summary: String { get }
  /// What is most often wanted, and what it does.
  static var examples: [CommandExample] { get }
  /// How the operands are written, such as `[CORPUS ...]`.
  static var operandUsage: String { get }
  /// What the operands and the command as a whole do; lines of up to 80 columns.
  static var discussion: String { get }
  static var optionGroups: [OptionGroup<Self>] { get }

  /// Whether there are to be no colours and no lines that are redrawn.
  var noColor: Bool { get }

  /// Takes a word that is not an option.
  mutating func take(operand: String) throws(UsageError)
  /// Checks and completes the settings after all words have been taken.
  ///
  /// - Parameter given: the options that were given, in order.
  mutating func finish(given: [GivenOption<Self>]) throws(UsageError)
  /// Does the work. Any error is rendered by `Failure`.
  func run(_ console: Console) throws -> ExitCode
}

extension Subcommand {
  static var options: [Option<Self>] { optionGroups.flatMap(\.options) }
}
