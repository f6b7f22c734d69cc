extension Subcommand {
  /// Parses the words after the subcommand's name.
  ///
  /// `--name value` and `--name=value` are the same; `--` ends the options; `-` alone is an operand.
  ///
  /// - Returns: nil where `--help` or `-h` stands anywhere before `--`.
  static func parse(_ words: [String]) throws(UsageError) -> Self? {
    var command = Self()
    var given: [GivenOption<Self>] = []
    var rest = words[...]
    let beforeEnd = words.prefix { $0 != "--" }
    if beforeEnd.contains("--help") || beforeEnd.contains("-h") { return nil }
    do {
      while let word = rest.popFirst() {
        if word == "--" {
          while let operand = rest.popFirst() { try command.take(operand: operand) }
        } else if word.hasPrefix("-") && word != "-" {
          let option = try takeOption(word, &rest)
          given.append(option)
          try option.store(in: &command)
        } else {
          try command.take(operand: word)
        }
      }
      try command.finish(given: given)
    } catch {
      throw UsageError(error.message, command: name)
    }
    return command
  }

  /// The option that `word` names, with its value from the same or the next word.
  private static func takeOption(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> GivenOption<Self> {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelled = String(parts[0])
    guard let option = options.first(where: { "--\($0.name)" == spelled }) else {
      throw UsageError(isPlausible(spelled) ? unknownOption(spelled) : notAnOption(word))
    }
    guard let valueName = option.valueName else {
      guard parts.count == 1 else { throw UsageError("\(spelled) takes no value") }
      return GivenOption(option: option, value: "")
    }
    if parts.count == 2 { return GivenOption(option: option, value: String(parts[1])) }
    guard let value = rest.popFirst() else {
      throw UsageError("\(spelled) needs a value: \(option.spelling)")
    }
    // If the value was forgotten, the next option stands in its place.
    let spelledValue = value.prefix { $0 != "=" }
    guard !options.contains(where: { "--\($0.name)" == spelledValue }) else {
      throw UsageError(
        "\(spelled) needs a value (\(valueName)), found the option \(spelledValue)")
    }
    return GivenOption(option: option, value: value)
  }

  /// Whether a word that begins with a dash looks like an option, rather than like a line of dialogue.
  private static func isPlausible(_ spelled: String) -> Bool {
    spelled.wholeMatch(of: /--?[A-Za-z][A-Za-z0-9_-]*/) != nil
  }

  private static func notAnOption(_ word: String) -> String {
    let quoted =
      word.contains { "\"$`\\!".contains($0) }
      ? "'\(word.replacing("'", with: "'\\''"))'" : "\"\(word)\""
    return "\(quoted) looks like an option, and is none; after -- a word may begin with a dash: "
      + "charnn \(name) -- \(quoted)"
  }

  private static func unknownOption(_ spelled: String) -> String {
    let known = options.map { "--\($0.name)" } + ["--help"]
    return "unknown option \(spelled)\(hint(for: spelled, among: known))"
  }
}
