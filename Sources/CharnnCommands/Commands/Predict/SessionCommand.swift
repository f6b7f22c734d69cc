/// What is typed after a colon in an interactive session.
enum SessionCommand: String, CaseIterable {
  // Options of the command line.
  case temperature
  case topK = "top-k"
  case topP = "top-p"
  case minP = "min-p"
  case length
  case stop
  case seed
  // What only a session has.
  case reset
  case help
  case quit

  /// A line whose command may be written in short where only one begins so.
  static func spelledOut(_ line: String) -> String {
    let word = line.dropFirst().prefix { $0 != " " }
    let meant = allCases.filter { $0.rawValue.hasPrefix(word) }
    guard !word.isEmpty, let command = meant.first, meant.count == 1 else { return line }
    return ":\(command.rawValue)\(line.dropFirst(1 + word.count))"
  }

  /// A line for each command, those that are options with their value.
  static func help(_ given: [GivenOption<Predict>]) -> String {
    let rows = allCases.map { command in
      let name = command.rawValue
      guard let option = Predict.options.first(where: { $0.name == name }) else {
        return padded(":\(name)", columns: 16) + command.meaning
      }
      let value = given.last { $0.option.name == name }?.value ?? option.defaultText ?? "none"
      return padded(":\(name) \(option.valueName ?? "")", columns: 16) + "now \(value)"
    }
    return """
      A line       is read, and continued
      Enter alone  goes on
      Ctrl-C       stops a text
      \(rows.joined(separator: "\n"))
      """
  }

  private var meaning: String {
    switch self {
    case .reset: "forget all that was read"
    case .help: "show this"
    case .quit: "end, as Ctrl-D does"
    default: ""
    }
  }
}
