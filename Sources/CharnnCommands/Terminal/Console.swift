import RecurrentLM

/// Output that could not be written.
struct OutputError: Error, Equatable {
  let reason: String
}

/// Where a command writes: data to standard output, messages to standard error.
struct Console {
  /// Whether standard error is a terminal on which a line can be redrawn in place.
  let canAnimate: Bool
  private let output: (String) throws(OutputError) -> Void
  private let message: (String) -> Void
  private let draw: (String) -> Void

  /// - Parameters:
  ///   - output: writes data to standard output.
  ///   - message: writes text to standard error.
  ///   - draw: writes to the terminal behind standard error, control characters included.
  init(
    canAnimate: Bool, output: @escaping (String) throws(OutputError) -> Void,
    message: @escaping (String) -> Void, draw: @escaping (String) -> Void
  ) {
    self.canAnimate = canAnimate
    self.output = output
    self.message = message
    self.draw = draw
  }

  /// The process's own streams. Respects `TERM=dumb`. Characters from a text, a model or a file name
  /// cannot control a terminal: see `visible`.
  static func standard() -> Console {
    let environment = ProcessInfo.processInfo.environment
    let isPlain = environment["TERM", default: "dumb"] == "dumb"
    let (outputIsTerminal, messagesAreShown) = (
      isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1
    )
    return Console(
      canAnimate: messagesAreShown && !isPlain,
      output: { text throws(OutputError) in
        try writeAll(outputIsTerminal ? visible(text) : text, to: STDOUT_FILENO)
      },
      message: { text in
        try? writeAll(messagesAreShown ? visible(text) : text, to: STDERR_FILENO)
      },
      draw: { try? writeAll($0, to: STDERR_FILENO) })
  }

  /// Writes data.
  func write(_ text: String) throws(OutputError) { try output(text) }

  /// Writes a line of data.
  func line(_ text: String) throws(OutputError) { try output(text + "\n") }

  /// Writes a message to standard error.
  func note(_ text: String) { message(text + "\n") }

  /// Replaces the last line of the terminal behind standard error; an empty text clears it.
  func animate(_ text: String) {
    guard canAnimate else { return }
    draw("\r\u{1b}[K" + visible(text))
  }
}

private func writeAll(_ text: String, to file: Int32) throws(OutputError) {
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
