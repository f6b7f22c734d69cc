import CSIMD
import Synchronization

/// One of the threads that run the same function together.
///
/// Unchecked: its turns are the worker's own.
struct Worker: @unchecked Sendable {
  /// From 0 to `count` - 1; worker 0 is the thread that called `WorkerPool.run`.
  let index: Int
  let count: Int
  private let barrier: Barrier
  private let turns: Turns
  private let waiting = Waiting()

  fileprivate init(index: Int, barrier: Barrier, turns: Turns) {
    self.index = index
    self.barrier = barrier
    self.turns = turns
    count = barrier.count
  }

  /// Waits until every worker has come here; what each wrote before, all see after.
  func synchronize() { waiting.time += barrier.wait() }

  /// Runs `body` and says how long this worker worked and how long it waited for the others.
  fileprivate func timed(_ body: () -> Void) -> (working: Duration, waiting: Duration) {
    let start = ContinuousClock.now
    waiting.time = .zero
    body()
    let whole = ContinuousClock.now - start
    return (whole - waiting.time, waiting.time)
  }

  /// Calls `body` for some of the parts of 0..<total, each `length` long but the last: whoever is
  /// free takes the next part, so nobody waits long for a core that is slower or shared.
  ///
  /// All workers must call this the same number of times, with the same sizes; they need not meet
  /// in between.
  func forEachPart(of total: Int, length: Int, _ body: (Range<Int>) -> Void) {
    turns.take((total + length - 1) / length) { part in
      body(part * length..<min((part + 1) * length, total))
    }
  }

  /// This worker's contiguous part of 0..<total, cut at multiples of `unit`. May be empty.
  func share(of total: Int, multipleOf unit: Int = 1) -> Range<Int> {
    let units = (total + unit - 1) / unit
    let first = min(units * index / count * unit, total)
    let end = min(units * (index + 1) / count * unit, total)
    return first..<end
  }
}

/// Threads that live as long as the pool and run one function at a time, all of them together.
///
/// Where other programs keep the cores busy, workers that wait for each other can take longer together
/// than one alone. So a pool whose owner waited longer than it worked lets the owner work alone for a
/// while: what is computed does not depend on the number of workers.
///
/// While they run, subnormal numbers are zero: where gradients vanish, as in a deep stack without
/// residual connections, computing with them takes ten times as long and changes nothing.
final class WorkerPool: @unchecked Sendable {
  /// Threads, the caller's own among them: fewer than were asked for where the system starts no more.
  let count: Int
  private let caller: Worker
  private let alone = SharedTask().makeWorkers(1)
  private let task: SharedTask
  private let helpers: [SystemThread]
  private var aloneUntil = ContinuousClock.now

  /// What is lost by trying again to work together is at most one part in so many.
  private static let patience = 16

  /// - Parameter count: threads, the caller's own among them; at least 1.
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

/// What the helpers of a pool share with its owner.
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
    let barrier = Barrier(count: count)
    let counter = TurnCounter()
    workers = (0..<count).map {
      Worker(index: $0, barrier: barrier, turns: Turns(counter))
    }
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

  /// A helper's life.
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

  /// A function of its own, so that a helper has let go of what `body` captures before its owner goes on.
  @inline(never)
  private func run(_ body: UnsafePointer<Body>, _ worker: Worker) { body.pointee(worker) }
}

/// How long a worker has waited for others.
private final class Waiting {
  var time = Duration.zero
}

/// Hands out numbers, each once.
private final class TurnCounter: Sendable {
  private let next = Atomic<Int>(0)
  func draw() -> Int { next.add(1, ordering: .relaxed).oldValue }
}

/// A worker's turns at the parts of one piece of work after another. All parts that there have ever
/// been are numbered through, and a worker draws one number at a time. One beyond the current work
/// it keeps for the next: so workers may be at different pieces at one time.
private final class Turns {
  private let counter: TurnCounter
  /// The number of the first part of the next piece of work.
  private var first = 0
  private var drawn: Int?

  init(_ counter: TurnCounter) { self.counter = counter }

  /// Calls `body` for this worker's parts of the next piece, which has `count`.
  func take(_ count: Int, _ body: (Int) -> Void) {
    var number = drawn ?? counter.draw()
    while number < first + count {
      body(number - first)
      number = counter.draw()
    }
    drawn = number
    first += count
  }
}

/// A meeting point of a fixed number of threads that can be used again at once.
private final class Barrier: Sendable {
  let count: Int
  private let arrived = Atomic<Int>(0)
  private let meetings = WaitableCounter()

  init(count: Int) { self.count = count }

  /// - Returns: how long it took for the others to come; zero if that was too short to be measured.
  func wait() -> Duration {
    guard count > 1 else { return .zero }
    let meeting = meetings.current
    guard arrived.add(1, ordering: .acquiringAndReleasing).newValue < count else {
      arrived.store(0, ordering: .relaxed)
      meetings.advance()
      return .zero
    }
    if meetings.spin(past: meeting, 100) { return .zero }
    let start = ContinuousClock.now
    meetings.wait(past: meeting)
    return ContinuousClock.now - start
  }
}
