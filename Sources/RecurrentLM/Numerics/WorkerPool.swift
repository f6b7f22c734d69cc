import CSIMD

/// Threads that live as long as the pool and run one function at a time, all together.
///
/// Where other programs keep the cores busy, workers that wait for each other can be slower than one
/// alone. So after a run in which the owner waited longer than it worked, the owner works alone for a
/// while; the results do not depend on the number of workers.
///
/// Subnormal numbers are flushed to zero meanwhile: where gradients vanish, as in a deep stack without
/// residual connections, computing with them takes ten times as long and changes nothing.
final class WorkerPool: @unchecked Sendable {
  /// Threads, including the caller's; fewer than asked for if the system starts no more.
  let count: Int
  private let caller: Worker
  private let alone = Worker.team(of: 1)[0]
  private let task: SharedTask
  private let helpers: [SystemThread]
  private var aloneUntil = ContinuousClock.now

  /// At most one part in `patience` of the time is lost by trying again to work together.
  private static let patience = 16

  /// - Parameter count: threads, including the caller's; at least 1.
  init(count wanted: Int) {
    precondition(wanted >= 1, "a pool needs a worker")
    let task = SharedTask()
    var helpers: [SystemThread] = []
    while helpers.count < wanted - 1 {
      let index = helpers.count + 1
      guard let helper = SystemThread({ task.serve(index) }) else { break }
      helpers.append(helper)
    }
    count = helpers.count + 1
    self.helpers = helpers
    self.task = task
    caller = task.makeWorkers(count)
  }

  deinit {
    task.stop()
    for helper in helpers { helper.join() }
  }

  /// Runs `body` once on every worker, or on one alone, and returns when all have finished.
  func run(_ body: @Sendable (Worker) -> Void) {
    if count == 1 || ContinuousClock.now < aloneUntil {
      flushingSubnormals { body(alone) }
    } else {
      runTogether(body)
    }
  }

  /// Runs `body` once on every worker.
  func runTogether(_ body: @Sendable (Worker) -> Void) {
    let time = withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { body in
        caller.timed {
          task.start(body)
          flushingSubnormals { body.pointee(caller) }
          caller.synchronize()
        }
      }
    }
    let lost = time.waiting - time.working
    if lost > .zero { aloneUntil = .now + lost * WorkerPool.patience }
  }
}

private func flushingSubnormals(_ body: () -> Void) {
  let mode = csimd_float_mode()
  csimd_flush_subnormals()
  body()
  csimd_set_float_mode(mode)
}

/// The state that the owner of a pool shares with its helpers.
///
/// Unchecked: `workers` and `body` are written before `starts` advances, and read after.
private final class SharedTask: @unchecked Sendable {
  typealias Body = @Sendable (Worker) -> Void

  private let starts = WaitableCounter()
  private var workers: [Worker] = []
  /// On the stack of the thread that waits for all to finish; nil ends the helpers.
  private var body: UnsafePointer<Body>?

  /// - Returns: the worker of the pool's owner.
  func makeWorkers(_ count: Int) -> Worker {
    workers = Worker.team(of: count)
    return workers[0]
  }

  func start(_ body: UnsafePointer<Body>) {
    self.body = body
    starts.advance()
  }

  func stop() {
    body = nil
    starts.advance()
  }

  /// The main loop of a helper.
  func serve(_ index: Int) {
    csimd_flush_subnormals()
    var seen = 0
    while true {
      starts.wait(past: seen)
      seen += 1
      guard let body else { return }
      run(body, workers[index])
      workers[index].synchronize()
    }
  }

  /// A function of its own, so that a helper has released what `body` captures before the owner goes on.
  @inline(never)
  private func run(_ body: UnsafePointer<Body>, _ worker: Worker) { body.pointee(worker) }
}
