/// A command line that is wrong. The message says what to do instead.
struct UsageError: Error, Equatable {
  let message: String
  /// The subcommand whose help to point to; nil for that of charnn itself.
  var command: String?

  init(_ message: String, command: String? = nil) {
    self.message = message
    self.command = command
  }
}
