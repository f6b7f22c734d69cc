import CSIMD
import Synchronization

/// A thread of the operating system. It must be joined before the last reference to it goes.
///
/// Dispatch starts some 255 threads for a process at most and lets further work wait; workers that wait
/// for each other need every one of theirs.
struct SystemThread {
  private let handle: pthread_t

  /// Kernels need little stack; a small one spares a limit on virtual memory.
  private static let stackSize = 1 << 20

  /// Starts a thread that runs `body`. Signals go to the threads there were before.
  ///
  /// - Returns: nil where the system starts no further thread.
  init?(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return nil }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, SystemThread.stackSize)
    let argument = Unmanaged.passRetained(ThreadBody(body))
    guard
      let handle = withSignalsBlocked({ start(&attributes, argument.toOpaque()) })
    else {
      argument.release()
      return nil
    }
    self.handle = handle
  }

  /// Waits until the thread has ended.
  func join() { pthread_join(handle, nil) }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func start(
  _ attributes: UnsafePointer<pthread_attr_t>, _ argument: UnsafeMutableRawPointer
) -> pthread_t? {
  #if canImport(Darwin)
    var handle: pthread_t?
    let status = pthread_create(&handle, attributes, { runThread($0) }, argument)
    return status == 0 ? handle : nil
  #else
    var handle = pthread_t()
    let status = pthread_create(&handle, attributes, { runThread($0) }, argument)
    return status == 0 ? handle : nil
  #endif
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
  return nil
}

/// A thread inherits what its maker blocks.
private func withSignalsBlocked<Result>(_ body: () -> Result) -> Result {
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  return body()
}

/// A counter whose next value threads can wait for. They spin for a moment, because it mostly comes within
/// microseconds, and then sleep, because otherwise the thread they wait for may have lost its core,
/// perhaps to them.
final class WaitableCounter: @unchecked Sendable {
  private let value = Atomic<Int>(0)
  /// Threads that sleep, or are about to.
  private let sleepers = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wakeUp = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wakeUp, nil)
  }

  deinit {
    pthread_cond_destroy(wakeUp)
    pthread_mutex_destroy(mutex)
    wakeUp.deallocate()
    mutex.deallocate()
  }

  var current: Int { value.load(ordering: .acquiring) }

  /// Whether threads sleep until the counter advances.
  var hasSleepers: Bool { sleepers.load(ordering: .sequentiallyConsistent) > 0 }

  /// Adds one. What this thread wrote before, all who wait see after.
  func advance() {
    value.add(1, ordering: .sequentiallyConsistent)
    guard hasSleepers else { return }
    // Whoever has counted itself as a sleeper holds the mutex until it really sleeps.
    pthread_mutex_lock(mutex)
    pthread_mutex_unlock(mutex)
    pthread_cond_broadcast(wakeUp)
  }

  /// Looks so many times whether the counter is no longer `seen`.
  func spin(past seen: Int, _ times: Int) -> Bool {
    for _ in 0..<times {
      if current != seen { return true }
      csimd_spin_hint()
    }
    return false
  }

  /// Waits until the counter is no longer `seen`.
  func wait(past seen: Int) {
    if spin(past: seen, 2_000) { return }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while value.load(ordering: .sequentiallyConsistent) == seen {
      pthread_cond_wait(wakeUp, mutex)
    }
    sleepers.subtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
  }
}
