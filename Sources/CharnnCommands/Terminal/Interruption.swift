import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The first of Ctrl-C and SIGTERM that has come; 0: none.
private let receivedSignal = Atomic<Int32>(0)

/// Lets a long task end in order when the user or the system asks for it.
enum Interruption {
  /// From now on the first signal is only noted. A second one ends the process at once. A reader
  /// of standard output that goes away shows as an error of writing, not as a signal.
  static func watch() {
    // A parent may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&signals, number)
      signal(number) { number in
        receivedSignal.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// What the process must exit with, once a signal has come.
  static var exitCode: ExitCode? {
    switch receivedSignal.load(ordering: .relaxed) {
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }
}
