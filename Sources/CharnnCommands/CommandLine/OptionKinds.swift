import RecurrentLM

// Kinds of options, by the kind of value that they take. Defaults are those of a new command.

extension Option where Command: Subcommand {
  /// A switch.
  ///
  /// - Parameter value: what the setting becomes when the switch is given.
  static func flag(
    _ name: String, _ path: WritableKeyPath<Command, Bool>, sets value: Bool = true,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(
      name: name, setting: path, valueName: nil, help: help, defaultText: defaultText
    ) { command, _ in
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
      name: name, setting: path, valueName: "N", help: help, defaultText: text
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
      name: name, setting: path, valueName: "N", help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try wholeNumber(value, in: range)
    }
  }

  /// `--seed`: the seed of a random generator.
  static func seed(_ path: WritableKeyPath<Command, UInt64>, _ help: String) -> Option {
    Option(
      name: "seed", setting: path, valueName: "N", help: help,
      defaultText: "\(Command()[keyPath: path])"
    ) { command, value throws(InvalidValue) in
      guard let seed = UInt64(value) else {
        throw InvalidValue(expected: "a whole number from 0 to \(UInt64.max)")
      }
      command[keyPath: path] = seed
    }
  }

  /// A number within bounds.
  static func number(
    _ name: String, _ path: WritableKeyPath<Command, Double>, _ bounds: NumberBounds,
    _ help: String
  ) -> Option {
    let text = shortest(Command()[keyPath: path])
    return Option(
      name: name, setting: path, valueName: "X", help: help, defaultText: text
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
      name: name, setting: path, valueName: "X", help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try bounds.parse(value)
    }
  }

  /// One of a few words.
  ///
  /// - Parameter choices: those that the command takes.
  static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ path: WritableKeyPath<Command, Value>,
    of choices: [Value] = Array(Value.allCases), _ help: String
  ) -> Option {
    choice(
      name, path, of: choices, help, defaultText: Command()[keyPath: path].rawValue
    ) { command, value in command[keyPath: path] = value }
  }

  /// One of a few words, or none.
  static func optionalChoice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ path: WritableKeyPath<Command, Value?>, _ help: String,
    defaultText: String? = nil
  ) -> Option {
    choice(name, path, of: Array(Value.allCases), help, defaultText: defaultText) {
      command, value in
      command[keyPath: path] = value
    }
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ path: PartialKeyPath<Command>, of values: [Value], _ help: String,
    defaultText: String?,
    _ store: @escaping (inout Command, Value) -> Void
  ) -> Option {
    let choices = values.map(\.rawValue)
    return Option(
      name: name, setting: path, valueName: choices.joined(separator: "|"), help: help,
      defaultText: defaultText, choices: choices
    ) { command, value throws(InvalidValue) in
      guard let choice = values.first(where: { $0.rawValue == value }) else {
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
      name: name, setting: path, valueName: valueName, help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try nonempty(value)
    }
  }

  /// Texts: each time the option is given adds one.
  static func texts(
    _ name: String, _ valueName: String, _ path: WritableKeyPath<Command, [String]>,
    _ help: String, defaultText: String? = nil
  ) -> Option {
    Option(
      name: name, setting: path, valueName: valueName, help: help, defaultText: defaultText
    ) { command, value throws(InvalidValue) in
      command[keyPath: path].append(try nonempty(value))
    }
  }

  /// A file name.
  static func file(
    _ name: String, _ path: WritableKeyPath<Command, String?>, _ help: String,
    defaultText: String? = nil
  ) -> Option {
    var option = text(name, "FILE", path, help, defaultText: defaultText)
    option.isFile = true
    return option
  }

  /// A file name that has a default.
  static func file(
    _ name: String, _ path: WritableKeyPath<Command, String>, _ help: String
  ) -> Option {
    Option(
      name: name, setting: path, valueName: "FILE", help: help,
      defaultText: Command()[keyPath: path], isFile: true
    ) { command, value throws(InvalidValue) in
      command[keyPath: path] = try nonempty(value)
    }
  }

  /// `--precision`: of the commands that only read a model.
  static func precision(_ path: WritableKeyPath<Command, Precision?>) -> Option {
    optionalChoice(
      "precision", path,
      "of matrix products: of the weights, bfloat16 reads half as many bytes and int8 a quarter, which is "
        + "faster where a single text is computed; probabilities change a little. With int8, what has no "
        + "bound (ReLU, an embedding) is computed in bfloat16",
      defaultText: "as in training")
  }

  /// `--no-color`
  static func noColor(_ path: WritableKeyPath<Command, Bool>) -> Option {
    flag("no-color", path, "no colours and no animation")
  }

  /// `--validation`: the held-out text.
  static func validation(_ path: WritableKeyPath<Command, ValidationSource>) -> Option {
    Option(
      name: "validation", setting: path, valueName: "auto|FRACTION|FILE",
      help: "held-out text that the model is judged by and not trained on: the last FRACTION of "
        + "the text, or FILE; auto: the last tenth of a text of 100,000 characters or more; 0: none",
      defaultText: Command()[keyPath: path].text, isFile: true
    ) { command, value throws(InvalidValue) in
      guard let source = ValidationSource(try nonempty(value)) else {
        throw InvalidValue(
          expected: "auto, a fraction from 0 and below 1, or a file (./5 if its name is a number)")
      }
      command[keyPath: path] = source
    }
  }
}
