/// A command line that cannot be understood. The message says what to do.
struct UsageError: Error, Equatable {
  let message: String
  /// The subcommand whose help shows the way; nil for charnn's own.
  var command: String?

  init(_ message: String, command: String? = nil) {
    self.message = message
    self.command = command
  }
}

extension Subcommand {
  /// Parses the words after the subcommand's name.
  ///
  /// `--name value` and `--name=value` are the same; `--` ends the options; `-` alone is an operand.
  /// Returns nil where help is asked for, anywhere before `--`.
  static func parse(_ words: [String]) throws(UsageError) -> Self? {
    var command = Self()
    var given: [GivenOption] = []
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
          try command.store(option)
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
  ) throws(UsageError) -> GivenOption {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelled = String(parts[0])
    guard let option = options.first(where: { "--\($0.name)" == spelled }) else {
      throw UsageError(unknownOption(spelled))
    }
    guard let valueName = option.valueName else {
      guard parts.count == 1 else { throw UsageError("\(spelled) takes no value") }
      return GivenOption(name: option.name, value: "")
    }
    if parts.count == 2 { return GivenOption(name: option.name, value: String(parts[1])) }
    guard let value = rest.popFirst() else {
      throw UsageError("\(spelled) needs a value: \(option.spelling)")
    }
    // A forgotten value shows as the next option in its place.
    let spelledValue = value.prefix { $0 != "=" }
    guard !options.contains(where: { "--\($0.name)" == spelledValue }) else {
      throw UsageError(
        "\(spelled) needs a value (\(valueName)), found the option \(spelledValue)")
    }
    return GivenOption(name: option.name, value: value)
  }

  private static func unknownOption(_ spelled: String) -> String {
    let known = options.map { "--\($0.name)" } + ["--help"]
    let hint = nearest(spelled, among: known).map { "; did you mean \($0)?" } ?? ""
    return "unknown option \(spelled)\(hint)"
  }

  /// Stores an option's value, naming the option where it does not fit.
  mutating func store(_ given: GivenOption) throws(UsageError) {
    guard let option = Self.options.first(where: { $0.name == given.name }) else { return }
    do {
      try option.store(&self, given.value)
    } catch {
      throw UsageError("--\(given.name) takes \(error.expected), found '\(given.value)'")
    }
  }
}

/// The word that is closest to `word`, if it is close enough to be meant.
func nearest(_ word: String, among known: [String]) -> String? {
  let distances = known.map { (word: $0, distance: editDistance(word, $0)) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, word.count / 3) ? best.word : nil
}

/// The number of insertions, deletions, substitutions and exchanges of two neighbours between two
/// words (Damerau 1964, doi:10.1145/363958.363994, by the algorithm of Wagner and Fischer).
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var table = (0...a.count).map { i in (0...b.count).map { j in i == 0 ? j : i } }
  for i in 0..<a.count {
    for j in 0..<b.count {
      table[i + 1][j + 1] = min(
        table[i][j] + (a[i] == b[j] ? 0 : 1), table[i + 1][j] + 1, table[i][j + 1] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        table[i + 1][j + 1] = min(table[i + 1][j + 1], table[i - 1][j - 1] + 1)
      }
    }
  }
  return table[a.count][b.count]
}
