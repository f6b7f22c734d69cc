import RecurrentLM

/// The version that `charnn --version` prints.
let version = "0.1.0"

private var subcommands: [any Subcommand.Type] {
  [Train.self, Predict.self, Eval.self, Inspect.self]
}

/// The commands as help, completions and the reference of all options show them.
var commandDescriptions: [CommandDescription] { subcommands.map { describe($0) } }

private func commandDescription(_ name: String) -> CommandDescription? {
  commandDescriptions.first { $0.name == name }
}

/// Opens the existential type, which `map` cannot do with an initialiser.
private func describe<Command: Subcommand>(_ type: Command.Type) -> CommandDescription {
  CommandDescription(type)
}

/// Runs charnn.
///
/// - Parameter arguments: the words after the program's name.
/// - Returns: the code to exit with; see `ExitCode`.
public func runCharnn(_ arguments: [String]) -> Int32 {
  run(arguments, .standard()).rawValue
}

/// Runs charnn on a given console, where it also reports any error.
func run(_ arguments: [String], _ console: Console) -> ExitCode {
  // Words that are no valid command line may ask for JSON, too.
  let wantsJSON = arguments.prefix { $0 != "--" }.contains("--json")
  let console = wantsJSON ? console.reportingJSON : console
  Interruption.turnWriteSignalsIntoErrors()
  do {
    try checkKernels(ProcessInfo.processInfo.environment)
    guard let word = arguments.first else {
      console.note(overview(of: commandDescriptions))
      return .usage
    }
    if let command = subcommands.first(where: { $0.name == word }) {
      return try run(command, Array(arguments.dropFirst()), console)
    }
    return try runGlobalOption(word, Array(arguments.dropFirst()), console)
  } catch is CancellationError {
    console.note("stopped before training began; nothing is written")
    return Interruption.exitCode ?? .internalError
  } catch {
    let failure = Failure(error, of: arguments.first.flatMap(commandDescription))
    console.report(failure)
    return failure.code
  }
}

private func run<Command: Subcommand>(
  _ type: Command.Type, _ words: [String], _ console: Console
) throws -> ExitCode {
  guard let command = try Command.parse(words) else {
    try console.write(CommandDescription(type).help)
    return .done
  }
  return try command.run(command.noColor ? console.plain : console)
}

private func runGlobalOption(
  _ word: String, _ rest: [String], _ console: Console
) throws -> ExitCode {
  switch word {
  case "help":
    try console.write(help(rest.first))
  case "--help", "-h":
    try console.write(overview(of: commandDescriptions))
  case "--generate-manual":
    try console.write(manual(of: commandDescriptions))
  case "--version":
    try console.line("charnn \(version) (\(InstructionSet.current.name) kernels)")
  case "--generate-completion-script":
    guard let shell = rest.first.flatMap(Shell.init(rawValue:)) else {
      throw UsageError("--generate-completion-script takes bash, zsh or fish")
    }
    try console.write(shell.completionScript(for: commandDescriptions))
  default:
    throw word.hasPrefix("-")
      ? UsageError("unknown option \(word)\(hint(for: word, among: globalOptions))")
      : unknownCommand(word)
  }
  return .done
}

/// - Parameter name: of a command; nil: of charnn itself.
private func help(_ name: String?) throws(UsageError) -> String {
  guard let name else { return overview(of: commandDescriptions) }
  guard let command = commandDescription(name) else { throw unknownCommand(name) }
  return command.help
}

private func unknownCommand(_ word: String) -> UsageError {
  let known = commandDescriptions.map(\.name) + ["help"]
  return UsageError("unknown command \(word)\(hint(for: word, among: known))")
}

/// - Throws: `UsageError` where `CHARNN_KERNELS` names no instruction set that this machine has.
private func checkKernels(_ environment: [String: String]) throws(UsageError) {
  guard let name = environment[InstructionSet.environmentVariable], !name.isEmpty else { return }
  let supported = InstructionSet.allCases.filter(\.isSupported).map(\.rawValue)
  guard supported.contains(name) else {
    throw UsageError(
      "\(InstructionSet.environmentVariable) is '\(name)'; this machine runs "
        + supported.joined(separator: ", "))
  }
}
