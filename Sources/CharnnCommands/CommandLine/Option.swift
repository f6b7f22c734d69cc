/// An option of a subcommand: what parsing, `--help`, the shell completions and the README's
/// reference all come from.
struct Option<Command> {
  /// Without the dashes.
  let name: String
  /// What stands for the value in the help; nil for a switch.
  let valueName: String?
  let help: String
  /// How the default is shown; nil where there is none to show.
  let defaultText: String?
  /// The values it takes, where they are few.
  var choices: [String] = []
  /// Whether the value is a file, for completions.
  var isFile = false
  /// Stores a value (empty for a switch). Throws what is wrong with it, without the option's name.
  let store: (inout Command, String) throws(InvalidValue) -> Void

  /// `--layers N`
  var spelling: String { valueName.map { "--\(name) \($0)" } ?? "--\(name)" }
}

/// Why a value does not fit its option: what it should be.
struct InvalidValue: Error, Equatable {
  let expected: String
}

/// A command of charnn, with its options and what it does.
protocol Subcommand {
  init()
  static var name: String { get }
  /// One line.
  static var summary: String { get }
  /// How the operands are written, such as `[CORPUS ...]`.
  static var operandUsage: String { get }
  /// What the operands and the command as a whole do; lines of up to 80 columns.
  static var discussion: String { get }
  static var options: [Option<Self>] { get }

  /// Takes a word that is no option.
  mutating func take(operand: String) throws(UsageError)
  /// The options that were given, in order, once all have been stored.
  mutating func finish(given: [GivenOption]) throws(UsageError)
  /// Does the work.
  func run(_ console: Console) throws -> ExitCode
}

/// An option as it was written on the command line.
struct GivenOption: Equatable {
  let name: String
  let value: String
}

// MARK: Kinds of options

extension Option where Command: Subcommand {
  /// A switch.
  static func flag(
    _ name: String, _ path: WritableKeyPath<Command, Bool>, sets value: Bool = true,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(name: name, valueName: nil, help: help, defaultText: defaultText) { command, _ in
      command[keyPath: path] = value
    }
  }

  /// A whole number in a range.
  static func integer(
    _ name: String, _ path: WritableKeyPath<Command, Int>, _ range: ClosedRange<Int>,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    let text = defaultText ?? "\(Command()[keyPath: path])"
    return Option(
      name: name, valueName: "N", help: help, defaultText: text
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try wholeNumber(value, in: range)
    }
  }

  /// A whole number in a range, or none.
  static func optionalInteger(
    _ name: String, _ path: WritableKeyPath<Command, Int?>, _ range: ClosedRange<Int>,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(
      name: name, valueName: "N", help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try wholeNumber(value, in: range)
    }
  }

  /// `--seed`: where random draws start.
  static func seed(_ path: WritableKeyPath<Command, UInt64>, _ help: String) -> Option {
    Option(
      name: "seed", valueName: "N", help: help, defaultText: "\(Command()[keyPath: path])"
    ) { command, value throws(InvalidValue) in
      guard let seed = UInt64(value) else {
        throw InvalidValue(expected: "a whole number from 0 to \(UInt64.max)")
      }
      command[keyPath: path] = seed
    }
  }

  /// A number within bounds that are said in words.
  static func number(
    _ name: String, _ path: WritableKeyPath<Command, Double>, _ bounds: NumberBounds,
    _ help: String
  ) -> Option {
    let text = shortest(Command()[keyPath: path])
    return Option(
      name: name, valueName: "X", help: help, defaultText: text
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try bounds.parse(value)
    }
  }

  /// A number within bounds, or none.
  static func optionalNumber(
    _ name: String, _ path: WritableKeyPath<Command, Double?>, _ bounds: NumberBounds,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(
      name: name, valueName: "X", help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try bounds.parse(value)
    }
  }

  /// One of a few words.
  static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ path: WritableKeyPath<Command, Value>, _ help: String
  ) -> Option {
    choice(name, help, defaultText: Command()[keyPath: path].rawValue) { command, value in
      command[keyPath: path] = value
    }
  }

  /// One of a few words, or none.
  static func optionalChoice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ path: WritableKeyPath<Command, Value?>, _ help: String,
    defaultText: String? = nil
  ) -> Option {
    choice(name, help, defaultText: defaultText) { command, value in
      command[keyPath: path] = value
    }
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ help: String, defaultText: String?,
    _ store: @escaping (inout Command, Value) -> Void
  ) -> Option {
    let choices = Value.allCases.map(\.rawValue)
    return Option(
      name: name, valueName: choices.joined(separator: "|"), help: help,
      defaultText: defaultText, choices: choices
    ) { command, value throws(InvalidValue) in
      guard let choice = Value(rawValue: value) else {
        throw InvalidValue(expected: "one of \(choices.joined(separator: ", "))")
      }
      store(&command, choice)
    }
  }

  /// Any text.
  static func text(
    _ name: String, _ valueName: String, _ path: WritableKeyPath<Command, String?>,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(
      name: name, valueName: valueName, help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      guard !value.isEmpty else { throw InvalidValue(expected: "a text that is not empty") }
      command[keyPath: path] = value
    }
  }

  /// Texts, one each time the option is given.
  static func texts(
    _ name: String, _ valueName: String, _ path: WritableKeyPath<Command, [String]>,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(
      name: name, valueName: valueName, help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      guard !value.isEmpty else { throw InvalidValue(expected: "a text that is not empty") }
      command[keyPath: path].append(value)
    }
  }

  /// The path of a file.
  static func file(
    _ name: String, _ path: WritableKeyPath<Command, String?>, _ help: String,
    defaultText: String? = nil
  ) -> Option {
    var option = text(name, "FILE", path, help, defaultText: defaultText)
    option.isFile = true
    return option
  }
}

/// The numbers that an option takes.
enum NumberBounds {
  case atLeast(Double)
  case above(Double)
  /// Above the first, up to the second.
  case aboveUpTo(Double, Double)
  case any

  func parse(_ value: String) throws(InvalidValue) -> Double {
    guard let number = Double(value), number.isFinite, contains(number) else {
      throw InvalidValue(expected: description)
    }
    // In the end most numbers become 32-bit floats.
    let float = Float(number)
    guard float.isFinite, (float == 0) == (number == 0) else {
      throw InvalidValue(expected: "\(description) that a 32-bit float can hold")
    }
    return number
  }

  private func contains(_ number: Double) -> Bool {
    switch self {
    case .atLeast(let bound): number >= bound
    case .above(let bound): number > bound
    case .aboveUpTo(let low, let high): low < number && number <= high
    case .any: true
    }
  }

  private var description: String {
    switch self {
    case .atLeast(let bound): "a number from \(shortest(bound))"
    case .above(let bound): "a number above \(shortest(bound))"
    case .aboveUpTo(let low, let high):
      "a number above \(shortest(low)) and up to \(shortest(high))"
    case .any: "a number"
    }
  }
}

private func wholeNumber(
  _ value: String, in range: ClosedRange<Int>
) throws(InvalidValue) -> Int {
  guard let number = Int(value), range.contains(number) else {
    let bounds =
      range.upperBound == .max
      ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    throw InvalidValue(expected: "a whole number \(bounds)")
  }
  return number
}
