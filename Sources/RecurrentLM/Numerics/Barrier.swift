import Synchronization

/// A barrier for a fixed number of threads; it can be reused at once.
final class Barrier: Sendable {
  let count: Int
  private let arrived = Atomic<Int>(0)
  /// The sum of `parts` over the workers that have arrived.
  private let offered = Atomic<Int>(0)
  private let meetings = WaitableCounter()

  init(count: Int) { self.count = count }

  /// - Parameter parts: how many parts of divided work the caller has been offered so far. It must be
  ///   the same for all workers, or some work was skipped or done twice.
  /// - Returns: how long the caller waited; zero if that was too short to measure.
  func wait(having parts: Int) -> Duration {
    guard count > 1 else { return .zero }
    let meeting = meetings.current
    offered.add(parts, ordering: .relaxed)
    guard arrived.add(1, ordering: .acquiringAndReleasing).newValue < count else {
      precondition(
        offered.exchange(0, ordering: .relaxed) == count * parts,
        "workers that were not offered the same work")
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
