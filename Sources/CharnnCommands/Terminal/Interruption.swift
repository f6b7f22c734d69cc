import RecurrentLM
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The first of Ctrl-C, SIGTERM and SIGHUP that has come; 0: none.
private let receivedSignal = Atomic<Int32>(0)

/// Lets a long task end in order when the user or the system asks for it.
enum Interruption {
  /// From now on the first signal is only noted. A second one ends the process at once. Whoever started
  /// this process with one of them ignored, as nohup does, does not want it to end by that.
  static func watch() {
    // A parent may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] where number == SIGTERM || !isIgnored(number) {
      sigaddset(&signals, number)
      setHandler(of: number)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// What the process must exit with, once a signal has come.
  static var exitCode: ExitCode? {
    switch receivedSignal.load(ordering: .relaxed) {
    case SIGHUP: .hungUp
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }

  /// A reader of standard output that goes away, and a file that grows beyond its limit, show as errors
  /// of writing, not as signals.
  static func turnSignalsOfWritingIntoErrors() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// The handler is gone when it is called; what waits for standard input goes on and looks.
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
