import RecurrentLM

/// `charnn predict --interactive`: the model goes on after each line that is typed, and remembers all
/// of them and what it wrote.
final class InteractiveSession {
  private let generator: Generator
  private let vocabulary: Vocabulary
  private let console: Console
  private var continuation: Continuation
  private var settings: Predict
  /// The options that have made the settings.
  private var given: [GivenOption<Predict>]
  private var random: RandomGenerator
  /// The last character that has been read or generated; nil in a zero state.
  private var last: Int32?

  /// - Throws: `InsufficientMemory`, `Failure`.
  init(_ settings: Predict, _ checkpoint: Checkpoint, _ console: Console) throws {
    self.settings = settings
    self.console = console
    vocabulary = checkpoint.vocabulary
    given = settings.given
    random = RandomGenerator(seed: settings.seed)
    generator = try Generator(
      checkpoint.model(), vocabulary: vocabulary, threads: availableProcessorCount)
    generator.reset()
    continuation = try Continuation(settings, generator, vocabulary)
  }

  /// Answers all lines until there is none any more, `:quit`, or a signal that ends the process. Ctrl-C
  /// is one only while a line is waited for; while a text is written it ends that text.
  ///
  /// - Parameter next: the next line in UTF-8; nil: there is none. Throws `CancellationError` where a
  ///   signal arrives.
  func run(_ next: () throws -> [UInt8]?) throws -> ExitCode {
    if console.abilities.inputIsTerminal { console.note(":help lists the commands; Ctrl-D ends") }
    do {
      while let line = try nextLine(next), line != ":quit" {
        try answer(line)
        Interruption.forgetInterrupt()
        if let code = Interruption.exitCode { return code }
      }
      return .done
    } catch is CancellationError {
      console.prompt("\n")
      return Interruption.exitCode ?? .interrupted
    }
  }

  /// - Returns: nil at the end of the input.
  private func nextLine(_ next: () throws -> [UInt8]?) throws -> String? {
    console.prompt("> ")
    while let bytes = try next() {
      if let line = String(validating: bytes, as: UTF8.self) {
        return line.hasPrefix(":") ? SessionCommand.spelledOut(line) : line
      }
      try console.warn("a line that is not UTF-8 is not read")
      console.prompt("> ")
    }
    console.prompt("\n")
    return nil
  }

  private func answer(_ line: String) throws {
    do {
      if line.hasPrefix(":") { try obey(line) } else { try goOn(after: line) }
    } catch let error as UsageError {
      try console.warn(error.message)
    } catch let error as VocabularyError {
      try console.warn(Failure(error).message)
    } catch let failure as Failure {
      try console.warn(failure.message)
    }
  }

  // MARK: Texts

  /// Lets the model read a line and its end, and write. After an empty line it only writes.
  private func goOn(after line: String) throws {
    let characters = charactersUnifyingLineEnds(line)
    let (typed, skipped) = try vocabulary.encode(characters, unknown: settings.unknown)
    if skipped > 0 {
      let unknown = listed(vocabulary.unknown(in: characters))
      try console.warn("the model does not know \(unknown): left out")
    }
    var text = typed
    if let lineBreak = vocabulary.lineBreak {
      if typed.isEmpty {
        if last == nil { text = [lineBreak] }
      } else {
        text = (last == nil || last == lineBreak ? [] : [lineBreak]) + typed + [lineBreak]
      }
    }
    guard last != nil || !text.isEmpty else {
      throw Failure("type a text that the model can begin with", .badData)
    }
    let generated = try continuation.write(
      after: text, prompt: vocabulary.text(of: typed), using: &random, console)
    last = generated.last ?? text.last ?? last
  }

  // MARK: Commands

  private func obey(_ line: String) throws {
    let words = line.dropFirst().split(separator: " ", maxSplits: 1)
    let name = words.first.map(String.init) ?? ""
    switch SessionCommand(rawValue: name) {
    case .help: console.note(SessionCommand.help(given))
    case .reset:
      generator.reset()
      last = nil
    case .quit: throw UsageError(":quit takes no value")
    case let setting?: try set(setting, words.count == 2 ? String(words[1]) : nil)
    case nil:
      let known = SessionCommand.allCases.map(\.rawValue)
      let hint = nearest(name, among: known).map { "did you mean :\($0)?" } ?? "see :help"
      throw UsageError("unknown command :\(name); \(hint)")
    }
  }

  /// Changes an option of the command line; without a value back to its default.
  private func set(_ setting: SessionCommand, _ value: String?) throws {
    var changed = given.filter { $0.option.name != setting.rawValue }
    if let value, let option = Predict.options.first(where: { $0.name == setting.rawValue }) {
      changed.append(GivenOption(option: option, value: value))
    }
    let settings = try Predict(changed)
    continuation = try Continuation(settings, generator, vocabulary)
    self.settings = settings
    given = changed
    if setting == .seed { random = RandomGenerator(seed: settings.seed) }
  }
}
