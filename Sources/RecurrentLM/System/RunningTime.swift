import Synchronization

/// A clock that stands still while the process is stopped, by Ctrl-Z or SIGSTOP, where the system's
/// clocks go on.
///
/// No process learns when it is stopped, but `SIGCONT` tells when it goes on. What lies between the
/// last reading of the clock and that is taken as the time it was stopped: the clock is read after each
/// minibatch, so less than a minibatch is lost.
public enum RunningTime {
  /// From now on stops are noticed.
  public static func watch() {
    _ = (now, continuationCount)
    // Only atomics and `clock_gettime`, which a handler of signals may use.
    let handler: @convention(c) (Int32) -> Void = { _ in
      let continued = systemNanoseconds()
      let last = lastReading.max(continued, ordering: .relaxed).oldValue
      stoppedNanoseconds.add(max(0, continued - last), ordering: .relaxed)
      continuations.add(1, ordering: .relaxed)
    }
    signal(SIGCONT, handler)
  }

  /// Since some moment in the past.
  public static var now: Duration {
    while true {
      let stopped = stoppedNanoseconds.load(ordering: .relaxed)
      let system = systemNanoseconds()
      guard stopped == stoppedNanoseconds.load(ordering: .relaxed) else { continue }
      lastReading.max(system, ordering: .relaxed)
      return .nanoseconds(system - stopped)
    }
  }

  /// How often the process was continued.
  public static var continuationCount: Int { continuations.load(ordering: .relaxed) }
}

private let stoppedNanoseconds = Atomic<Int64>(0)
private let lastReading = Atomic<Int64>(0)
private let continuations = Atomic<Int>(0)

private func systemNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
