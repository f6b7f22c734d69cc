import Synchronization

/// A barrier for a fixed number of threads; it can be reused at once.
final class Barrier: Sendable {
  let count: Int
  /// How many workers have arrived, in the low bits, and above them the sum of their `parts`: one atomic
  /// operation costs less than two.
  private let arrived = Atomic<Int>(0)
  private let meetings = WaitableCounter()

  /// More workers than there will be.
  private static let countBits = 16

  init(count: Int) {
    precondition(count < 1 << Barrier.countBits, "too many workers")
    self.count = count
  }

  /// - Parameter parts: how many parts of divided work the caller has been offered so far. It must be
  ///   the same for all workers, or some work was skipped or done twice.
  /// - Returns: how long the caller waited; zero if that was too short to measure.
  func wait(having parts: Int) -> Duration {
    guard count > 1 else { return .zero }
    let meeting = meetings.current
    let arrival = 1 &+ parts << Barrier.countBits
    let sum = arrived.wrappingAdd(arrival, ordering: .acquiringAndReleasing).newValue
    guard sum & (1 << Barrier.countBits - 1) == count else {
      if meetings.spin(past: meeting, 100) { return .zero }
      let start = ContinuousClock.now
      meetings.wait(past: meeting)
      return ContinuousClock.now - start
    }
    precondition(sum == arrival &* count, "workers that were not offered the same work")
    arrived.store(0, ordering: .relaxed)
    meetings.advance()
    return .zero
  }
}
