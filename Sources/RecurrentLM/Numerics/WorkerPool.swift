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
/// Unchecked: the scratch memory is the worker's own.
struct Worker: @unchecked Sendable {
  /// From 0 to `count` - 1; worker 0 is the thread that called `WorkerPool.run`.
  let index: Int
  let count: Int
  /// Memory for one product at a time.
  let scratch: UnsafeMutablePointer<Float>
  private let barrier: Barrier

  fileprivate init(index: Int, count: Int, scratch: FloatBuffer, barrier: Barrier) {
    self.index = index
    self.count = count
    self.scratch = scratch.base + index * kernels.productScratchCount
    self.barrier = barrier
  }

  /// Waits until every worker has come here; what each wrote before, all see after.
  func synchronize() { barrier.wait() }

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
/// Between two functions a worker spins for some tens of microseconds, then sleeps.
///
/// While they run, subnormal numbers are zero: where gradients vanish, as in a deep stack without
/// residual connections, computing with them takes ten times as long and changes nothing.
final class WorkerPool: @unchecked Sendable {
  let count: Int
  private let caller: Worker
  private let helpers: [Helper]
  private let scratch: FloatBuffer

  /// - Parameter count: threads, the caller's own among them; at least 1.
  init(count: Int) {
    precondition(count >= 1, "a pool needs a worker")
    self.count = count
    let scratch = FloatBuffer(count: count * kernels.productScratchCount)
    let barrier = Barrier(count: count)
    let workers = (0..<count).map {
      Worker(index: $0, count: count, scratch: scratch, barrier: barrier)
    }
    self.scratch = scratch
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
    for _ in 0..<20_000 {
      if started.load(ordering: .acquiring) != seen { return }
      csimd_spin_hint()
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
    var spins = 0
    while generation.load(ordering: .acquiring) == current {
      csimd_spin_hint()
      spins += 1
      // Longer than any step takes: the other thread has lost its core, perhaps to this one.
      if spins > 10_000 { sched_yield() }
    }
  }
}
