import RecurrentLM
import Synchronization

/// The SIGINT (Ctrl-C), SIGTERM or SIGHUP that arrived last; 0: none has.
private let receivedSignal = Atomic<Int32>(0)

/// Lets a long task end in an orderly way when the user or the system asks it to.
enum Interruption {
  /// From now on the first SIGINT, SIGTERM or SIGHUP is only recorded; the same signal a second time
  /// ends the process at once. A SIGINT or SIGHUP that was ignored when the process started stays
  /// ignored: that is how nohup, for example, keeps a process running.
  static func watch() {
    // The parent process may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] where number == SIGTERM || !isIgnored(number) {
      sigaddset(&signals, number)
      setHandler(of: number)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// What to exit with; nil while no signal has arrived.
  static var exitCode: ExitCode? {
    switch receivedSignal.load(ordering: .relaxed) {
    case SIGHUP: .hungUp
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }

  /// Forgets a SIGINT that has been heeded, so that the next one is recorded like the first.
  static func forgetInterrupt() {
    let (wasInterrupted, _) = receivedSignal.compareExchange(
      expected: SIGINT, desired: 0, ordering: .relaxed)
    guard wasInterrupted else { return }
    readingIsCancelled.store(false, ordering: .relaxed)
    setHandler(of: SIGINT)
  }

  /// Makes writing to a closed pipe, or beyond the file size limit, fail with an error instead of
  /// ending the process by a signal.
  static func turnWriteSignalsIntoErrors() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// The handler removes itself when it is called (`SA_RESETHAND`), and cancels a pending read of
  /// standard input, which would otherwise block on.
  private static func setHandler(of number: Int32) {
    let handler: @convention(c) (Int32) -> Void = { number in
      receivedSignal.store(number, ordering: .relaxed)
      readingIsCancelled.store(true, ordering: .relaxed)
    }
    var action = sigaction()
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = handler
    #else
      action.__sigaction_handler.sa_handler = handler
    #endif
    action.sa_flags = Int32(bitPattern: UInt32(truncatingIfNeeded: SA_RESETHAND))
    sigaction(number, &action, nil)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return handler.map { unsafeBitCast($0, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) }
      ?? false
  }
}
