import Synchronization

/// One of the threads that run the same function together.
///
/// Unchecked: only the worker itself uses its `turns`.
struct Worker: @unchecked Sendable {
  /// From 0 to `count` - 1; worker 0 is the thread that called `WorkerPool.run`.
  let index: Int
  let count: Int
  private let barrier: Barrier
  private let turns: Turns
  private let waiting = Waiting()

  private init(index: Int, barrier: Barrier, counter: TurnCounter) {
    self.index = index
    self.barrier = barrier
    turns = Turns(counter)
    count = barrier.count
  }

  /// `count` workers that run together.
  static func team(of count: Int) -> [Worker] {
    let barrier = Barrier(count: count)
    let counter = TurnCounter()
    return (0..<count).map { Worker(index: $0, barrier: barrier, counter: counter) }
  }

  /// Waits for all workers. What each wrote before the barrier, all see after it.
  ///
  /// - Precondition: all have been offered the same parts by `forEachPart`.
  func synchronize() { waiting.time += barrier.wait(having: turns.offered) }

  /// Runs `body` and says how long this worker worked and how long it waited for the others.
  func timed(_ body: () -> Void) -> (working: Duration, waiting: Duration) {
    let start = ContinuousClock.now
    waiting.time = .zero
    body()
    let whole = ContinuousClock.now - start
    return (whole - waiting.time, waiting.time)
  }

  /// Calls `body` for some of the parts of 0..<total, each `length` long but the last: whoever is
  /// free takes the next part, so nobody waits long for a core that is slower or shared.
  ///
  /// All workers must call this the same number of times, with the same sizes, which the next barrier
  /// checks; they need not meet in between.
  func forEachPart(of total: Int, length: Int, _ body: (Range<Int>) -> Void) {
    turns.take((total + length - 1) / length) { part in
      body(part * length..<min((part + 1) * length, total))
    }
  }

  /// This worker's contiguous part of 0..<total, cut at multiples of `unit`; it may be empty.
  func range(of total: Int, multipleOf unit: Int = 1) -> Range<Int> {
    let units = (total + unit - 1) / unit
    let first = min(units * index / count * unit, total)
    let end = min(units * (index + 1) / count * unit, total)
    return first..<end
  }
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

/// Which parts of divided work a worker takes. All parts of all work are numbered consecutively, and a
/// worker draws one number at a time. A number beyond the current work is kept for the next, so workers
/// need not be at the same piece of work.
private final class Turns {
  private let counter: TurnCounter
  /// Parts of all work so far, which is the number of the first part of the next piece of work.
  private(set) var offered = 0
  private var drawn: Int?

  init(_ counter: TurnCounter) { self.counter = counter }

  /// Calls `body` for this worker's parts of the next piece, which has `count`.
  func take(_ count: Int, _ body: (Int) -> Void) {
    var number = drawn ?? counter.draw()
    while number < offered + count {
      body(number - offered)
      number = counter.draw()
    }
    drawn = number
    offered += count
  }
}
