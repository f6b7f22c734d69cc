import CSIMD
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One of the threads that run the same function together.
///
/// Unchecked: its turns are the worker's own.
struct Worker: @unchecked Sendable {
  /// From 0 to `count` - 1; worker 0 is the thread that called `WorkerPool.run`.
  let index: Int
  let count: Int
  private let barrier: Barrier
  private let turns: Turns

  fileprivate init(index: Int, count: Int, barrier: Barrier, turns: Turns) {
    self.index = index
    self.count = count
    self.barrier = barrier
    self.turns = turns
  }

  /// Waits until every worker has come here; what each wrote before, all see after.
  func synchronize() { barrier.wait() }

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
/// Between two functions a worker spins for some tens of microseconds, then yields its core to whoever
/// wants it for a few milliseconds, then sleeps.
///
/// While they run, subnormal numbers are zero: where gradients vanish, as in a deep stack without
/// residual connections, computing with them takes ten times as long and changes nothing.
final class WorkerPool: @unchecked Sendable {
  let count: Int
  private let caller: Worker
  private let helpers: [Helper]

  /// - Parameter count: threads, the caller's own among them; at least 1.
  init(count: Int) {
    precondition(count >= 1, "a pool needs a worker")
    self.count = count
    let barrier = Barrier(count: count)
    let counter = TurnCounter()
    let workers = (0..<count).map {
      Worker(index: $0, count: count, barrier: barrier, turns: Turns(counter))
    }
    caller = workers[0]
    helpers = workers.dropFirst().map(Helper.init)
  }

  deinit {
    for helper in helpers { helper.start(nil) }
  }

  /// Runs `body` once on every worker and returns when all have finished.
  func run(_ body: @escaping @Sendable (Worker) -> Void) {
    for helper in helpers { helper.start(body) }
    let mode = csimd_float_mode()
    csimd_flush_subnormals()
    body(caller)
    csimd_set_float_mode(mode)
    caller.synchronize()
  }
}

/// A thread that waits for functions to run. It stops when it is started with nil.
private final class Helper: @unchecked Sendable {
  typealias Body = @Sendable (Worker) -> Void

  private let worker: Worker
  private let queue: DispatchQueue
  private let wakeUp = DispatchSemaphore(value: 0)
  private let started = Atomic<Int>(0)
  private let isAsleep = Atomic<Bool>(false)
  /// Written before `started` changes, read after; so it needs no lock.
  private var body: Body?

  init(_ worker: Worker) {
    self.worker = worker
    queue = DispatchQueue(label: "charnn.worker.\(worker.index)", qos: .userInitiated)
    queue.async { self.loop() }
  }

  func start(_ body: Body?) {
    self.body = body
    started.add(1, ordering: .sequentiallyConsistent)
    if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { wakeUp.signal() }
  }

  private func loop() {
    csimd_flush_subnormals()
    var seen = 0
    while true {
      waitForStart(after: seen)
      seen += 1
      guard let body else { return }
      body(worker)
      worker.synchronize()
    }
  }

  private func waitForStart(after seen: Int) {
    for turn in 0..<5_000 {
      if started.load(ordering: .acquiring) != seen { return }
      spin(turn)
    }
    isAsleep.store(true, ordering: .sequentiallyConsistent)
    if started.load(ordering: .sequentiallyConsistent) != seen,
      isAsleep.exchange(false, ordering: .sequentiallyConsistent)
    {
      return  // Started in between, and nobody has signalled.
    }
    wakeUp.wait()
  }
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
  private let count: Int
  private let arrived = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)

  init(count: Int) { self.count = count }

  func wait() {
    guard count > 1 else { return }
    let current = generation.load(ordering: .relaxed)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      generation.store(current + 1, ordering: .releasing)
      return
    }
    var turn = 0
    while generation.load(ordering: .acquiring) == current {
      spin(turn)
      turn += 1
    }
  }
}

/// Waits for a moment, the `turn`-th one in a row: after many the thread that is waited for may
/// have lost its core, perhaps to this one, which then gives it back.
private func spin(_ turn: Int) {
  if turn < 500 { csimd_spin_hint() } else { sched_yield() }
}
