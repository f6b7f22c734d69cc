import RecurrentLM

/// Output that could not be written.
struct OutputError: Error, Equatable {
  let reason: String
}

/// What a console can do besides taking plain text.
struct ConsoleAbilities {
  /// Whether standard error is a terminal on which lines can be redrawn in place.
  var animates = false
  /// Whether standard error is a terminal.
  var messagesAreShown = false
  /// Whether standard output is a terminal.
  var outputIsTerminal = false
  /// Whether standard output is a terminal that shows colours.
  var colors = false
  /// Whether standard input is a terminal.
  var inputIsTerminal = false
  /// Whether standard input and output are a terminal, at which someone can be asked.
  var isInteractive = false
  /// The columns of the terminal, asked anew each time, since a window is resized; where there is none,
  /// `defaultColumns`.
  var columns: () -> Int = { defaultColumns }
  /// The lines of the terminal, likewise.
  var rows: () -> Int = { defaultRows }

  static let defaultColumns = 80
  static let defaultRows = 24

  /// Those of the process's own streams. Respects `NO_COLOR` (https://no-color.org), and `TERM` where it
  /// is `dumb`, empty or missing.
  static func standard(_ environment: [String: String]) -> ConsoleAbilities {
    let isPlain = ["", "dumb"].contains(environment["TERM", default: ""])
    let inputIsTerminal = isatty(STDIN_FILENO) == 1
    let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    let messagesAreShown = isatty(STDERR_FILENO) == 1
    return ConsoleAbilities(
      animates: messagesAreShown && !isPlain,
      messagesAreShown: messagesAreShown,
      outputIsTerminal: outputIsTerminal,
      colors: outputIsTerminal && !isPlain && environment["NO_COLOR", default: ""].isEmpty,
      inputIsTerminal: inputIsTerminal,
      isInteractive: outputIsTerminal && inputIsTerminal,
      columns: { terminalColumns(environment) },
      rows: { terminalSize().map { Int($0.ws_row) } ?? defaultRows })
  }
}

/// Where a command writes: data to standard output, messages to standard error.
struct Console {
  private(set) var abilities: ConsoleAbilities
  /// Whether warnings and errors are also written to standard output, as objects of JSON.
  private(set) var reportsJSON = false
  private let output: (String) throws(OutputError) -> Void
  private let message: (String) -> Void
  private let draw: (String) -> Void
  private let region = LiveRegion()

  /// - Parameters:
  ///   - output: writes to standard output.
  ///   - message: writes text to standard error.
  ///   - draw: writes to the terminal behind standard error, control characters included.
  init(
    _ abilities: ConsoleAbilities = ConsoleAbilities(),
    output: @escaping (String) throws(OutputError) -> Void,
    message: @escaping (String) -> Void, draw: @escaping (String) -> Void
  ) {
    self.abilities = abilities
    self.output = output
    self.message = message
    self.draw = draw
  }

  /// The process's own streams. Characters from a text, a model or a file name cannot control a
  /// terminal: see `visible`.
  static func standard() -> Console {
    let messagesAreShown = isatty(STDERR_FILENO) == 1
    return Console(
      .standard(ProcessInfo.processInfo.environment),
      output: { text throws(OutputError) in try writeAll(text, to: STDOUT_FILENO) },
      message: { text in
        try? writeAll(messagesAreShown ? visible(text) : text, to: STDERR_FILENO)
      },
      draw: { try? writeAll($0, to: STDERR_FILENO) })
  }

  /// The same streams without colours and without lines that are redrawn.
  var plain: Console {
    var console = self
    console.abilities.animates = false
    console.abilities.colors = false
    return console
  }

  /// The same streams, on whose output there is nothing but JSON.
  var reportingJSON: Console {
    var console = self
    console.reportsJSON = true
    return console
  }

  /// The columns that laid-out output is to fit; nil off a terminal.
  var terminalWidth: Int? { abilities.outputIsTerminal ? abilities.columns() : nil }

  // MARK: Data

  /// Writes data.
  func write(_ text: String) throws(OutputError) {
    clearRegion()
    try output(abilities.outputIsTerminal ? visible(text) : text)
  }

  /// Writes a line of data.
  func line(_ text: String) throws(OutputError) { try write(text + "\n") }

  /// Writes text, coloured where there are colours.
  func write(_ text: StyledText) throws(OutputError) {
    guard abilities.colors else { return try write(text.plain) }
    clearRegion()
    try output(text.escapeSequences)
  }

  /// Writes a line of text, coloured where there are colours.
  func line(_ text: StyledText) throws(OutputError) { try write(text + "\n") }

  /// Writes a line of data that is a sentence; a terminal breaks it between words.
  func prose(_ text: String) throws(OutputError) {
    try line(filled(text, columns: terminalWidth))
  }

  // MARK: Messages

  /// Writes a message to standard error.
  func note(_ text: String) {
    animate("")
    let width = abilities.messagesAreShown ? abilities.columns() : nil
    message(filled(text, columns: width) + "\n")
  }

  /// Asks for a line, at a terminal.
  func prompt(_ text: String) { if abilities.inputIsTerminal { message(text) } }

  /// Says what the user should know but need not change.
  func hint(_ text: String) { note("note: \(text)") }

  /// Says what is likely not as the user wants it.
  func warn(_ text: String) throws(OutputError) {
    note("warning: \(text)")
    guard reportsJSON else { return }
    var line = JSONLine()
    line.add("event", "warning")
    line.add("message", text)
    try self.line(line.text)
  }

  /// Says why the command ends without having done what it was asked for.
  func report(_ failure: Failure) {
    note("charnn: \(failure.message)")
    guard reportsJSON else { return }
    var line = JSONLine()
    line.add("event", "error")
    line.add("message", failure.message)
    line.add("exit_code", failure.code.rawValue)
    // Standard output may be what failed.
    try? self.line(line.text)
  }

  /// Replaces the last line of the terminal behind standard error, as much of it as fits; an empty text
  /// clears it.
  func animate(_ text: String) {
    // The last column stays free: some terminals wrap as soon as it is written to.
    let shown = prefix(of: visible(text), columns: abilities.columns() - 1)
    animate(shown.isEmpty ? [] : [StyledText(shown)])
  }

  /// Replaces the lines at the bottom of the terminal behind standard error, which others then push
  /// away; none clears them.
  ///
  /// - Parameter lines: each with fewer columns than the terminal has.
  func animate(_ lines: [StyledText]) {
    guard abilities.animates else { return }
    let shown = lines.map { line in
      let plain = visible(line.plain)
      return (text: abilities.colors ? line.escapeSequences : plain, width: columns(of: plain))
    }
    let sequence = region.replace(with: shown, terminalColumns: abilities.columns())
    if !sequence.isEmpty { draw(sequence) }
  }

  /// Leaves the lines that `animate` has drawn where they are.
  func finishAnimation() {
    let sequence = region.finish()
    if !sequence.isEmpty { draw(sequence) }
  }

  /// Before something is written where the lines are.
  private func clearRegion() {
    if abilities.outputIsTerminal { animate([]) }
  }
}

/// Writes a text to a descriptor.
func writeAll(_ text: String, to file: Int32) throws(OutputError) {
  let bytes = Array(text.utf8)
  var written = 0
  while written < bytes.count {
    let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    if count >= 0 {
      written += count
    } else if errno != EINTR {
      throw OutputError(reason: String(cString: strerror(errno)))
    }
  }
}

/// The columns of the terminal behind standard error or output, else `$COLUMNS`, else 80.
private func terminalColumns(_ environment: [String: String]) -> Int {
  if let size = terminalSize() { return Int(size.ws_col) }
  return environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    ?? ConsoleAbilities.defaultColumns
}

/// Of the terminal behind standard error or output; nil where there is none, or where it has no size.
private func terminalSize() -> winsize? {
  for file in [STDERR_FILENO, STDOUT_FILENO] {
    var size = winsize()
    if ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return size }
  }
  return nil
}
