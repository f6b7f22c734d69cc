import Foundation
import Synchronization
import Testing

@testable import RecurrentLM

@Suite struct WorkerPoolTests {
  @Test(arguments: 1...3)
  func subnormalNumbersAreZeroForTheWorkersAndNobodyElse(_ threads: Int) {
    // Not a constant, which the compiler would halve.
    let smallest = Float(threads) * .leastNormalMagnitude / Float(threads)
    let pool = WorkerPool(count: threads)
    for _ in 0..<2 {
      #expect(pool.collect { _ in smallest / 2 } == [Float](repeating: 0, count: threads))
      #expect(smallest / 2 > 0)
    }
  }

  @Test(arguments: 1...5)
  func everyWorkerRunsOnce(_ count: Int) {
    let runs = Mutex<[Int]>([])
    let pool = WorkerPool(count: count)
    pool.runTogether { worker in
      runs.withLock { $0.append(worker.index) }
    }
    #expect(runs.withLock { $0.sorted() } == Array(0..<count))
    #expect(pool.collect(\.count) == [Int](repeating: count, count: count))
  }

  @Test func theCallerIsWorkerZeroAndTheOthersAreNot() {
    let caller = ObjectIdentifier(Thread.current)
    let isCaller = WorkerPool(count: 3).collect { _ in ObjectIdentifier(Thread.current) == caller }
    #expect(isCaller == [true, false, false])
  }

  @Test(arguments: [1, 2, 3, 7], [1, 6, 16, 64])
  func rangesTileTheRange(_ count: Int, _ unit: Int) {
    let pool = WorkerPool(count: count)
    for total in [0, 1, 5, 16, 17, 100, 1024] {
      let ranges = pool.collect { $0.range(of: total, multipleOf: unit) }
      #expect(ranges.flatMap { Array($0) } == Array(0..<total))
      #expect(ranges.allSatisfy { $0.lowerBound % unit == 0 || $0.lowerBound == total })
      // None has more than one unit above another's.
      let sizes = ranges.map { ($0.count + unit - 1) / unit }
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
  }

  @Test(arguments: [1, 2, 3, 7], [1, 6, 64])
  func everyPartIsTakenOnce(_ count: Int, _ length: Int) {
    let pool = WorkerPool(count: count)
    let totals = [0, 1, 5, 64, 65, 200]
    for _ in 0..<3 {
      // The workers need not meet between two totals, nor between two runs.
      let taken = pool.collect { worker in
        totals.map { total in
          var parts: [Range<Int>] = []
          worker.forEachPart(of: total, length: length) { parts.append($0) }
          return parts
        }
      }
      for (index, total) in totals.enumerated() {
        let parts = taken.flatMap { $0[index] }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(parts.flatMap { Array($0) } == Array(0..<total))
        #expect(parts.dropLast().allSatisfy { $0.count == length })
      }
    }
  }

  /// One worker gets no further than its first part before the others have done all the rest.
  @Test func whoIsFreeTakesTheNextPart() {
    let rest = DispatchSemaphore(value: 0)
    let isFirst = Atomic(true)
    let taken = WorkerPool(count: 3).collect { worker in
      var parts = 0
      worker.forEachPart(of: 10, length: 1) { _ in
        parts += 1
        if isFirst.exchange(false, ordering: .relaxed) {
          for _ in 0..<9 { rest.wait() }
        } else {
          rest.signal()
        }
      }
      return parts
    }
    #expect(taken.reduce(0, +) == 10)
    #expect(taken.contains(1))
  }

  /// Plain memory, written before the barrier and read after it by all.
  @Test func whatIsWrittenBeforeTheBarrierIsSeenAfterIt() {
    let count = 4
    let numbers = TokenBuffer(count: count)
    let isOrdered = WorkerPool(count: count).collect { worker in
      (1...200).allSatisfy { round in
        numbers.base[worker.index] = Int32(round)
        worker.synchronize()
        let all = (0..<count).allSatisfy { numbers.base[$0] == round }
        worker.synchronize()
        return all
      }
    }
    #expect(isOrdered == [true, true, true, true])
  }

  @Test func aPoolRunsAnyNumberOfFunctions() {
    let pool = WorkerPool(count: 3)
    let total = Atomic(0)
    for number in 1...500 {
      pool.runTogether { worker in
        total.add(number * (worker.index + 1), ordering: .relaxed)
      }
      // Now and then long enough for the workers to fall asleep.
      if number % 100 == 0 { Thread.sleep(forTimeInterval: 0.002) }
    }
    #expect(total.load(ordering: .relaxed) == 6 * 500 * 501 / 2)
  }

  /// The worker that comes last is the owner in one meeting and a helper in the next; both are late
  /// enough for the others to fall asleep.
  @Test func whoeverComesLastToAMeetingWakesTheOthers() {
    let isLate = Mutex<[Int]>([])
    WorkerPool(count: 3).runTogether { worker in
      for late in 0..<3 {
        if worker.index == late {
          Thread.sleep(forTimeInterval: 0.02)
          isLate.withLock { $0.append(late) }
        }
        worker.synchronize()
        let arrived = isLate.withLock { $0.count }
        #expect(arrived >= late + 1)
      }
    }
    #expect(isLate.withLock { $0 } == [0, 1, 2])
  }

  @Test func anOwnerThatWaitedLongWorksAloneForAWhile() {
    let pool = WorkerPool(count: 2)
    pool.run { worker in
      if worker.index == 1 { Thread.sleep(forTimeInterval: 0.1) }
    }
    let counts = Mutex<[Int]>([])
    pool.run { worker in counts.withLock { $0.append(worker.count) } }
    #expect(counts.withLock { $0 } == [1])
  }

  @Test func anOwnerThatWorkedLongerThanItWaitedWorksWithTheOthersAgain() {
    let pool = WorkerPool(count: 2)
    pool.run { worker in
      if worker.index == 0 { Thread.sleep(forTimeInterval: 0.05) }
    }
    let counts = Mutex<[Int]>([])
    pool.run { worker in counts.withLock { $0.append(worker.count) } }
    #expect(counts.withLock { $0 } == [2, 2])
  }

  /// Dispatch, for one, starts no more than about 255 threads.
  @Test func aPoolHasAsManyThreadsAsItWasAskedFor() {
    let pool = WorkerPool(count: 300)
    #expect(pool.count == 300)
    #expect(pool.collect(\.index) == Array(0..<300))
  }

  #if compiler(>=6.2)  // before it, no test can have a process of its own
    /// Counts the threads of a process in which nothing else runs.
    @Test(
      .enabled(
        if: FileManager.default.fileExists(atPath: "/proc/self/task"),
        "this system lists no threads"))
    func aPoolThatIsReleasedEndsItsThreads() async {
      await #expect(processExitsWith: .success) {
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        for _ in 0..<15 {
          WorkerPool(count: 5).run { _ in }
        }
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        #expect(threads <= before)
      }
    }
  #endif

  @Test func aPoolThatIsReleasedKeepsNothingOfWhatItRan() {
    final class Token: Sendable {}
    weak var kept: Token?
    do {
      let token = Token()
      kept = token
      WorkerPool(count: 3).runTogether { _ in _ = token }
    }
    #expect(kept == nil)
  }
}
