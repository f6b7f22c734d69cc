import Synchronization

/// A meeting point of a fixed number of threads that can be used again at once.
final class Barrier: Sendable {
  let count: Int
  private let arrived = Atomic<Int>(0)
  /// What those who have arrived had been offered, in all.
  private let offered = Atomic<Int>(0)
  private let meetings = WaitableCounter()

  init(count: Int) { self.count = count }

  /// - Parameter parts: how many parts of divided work the caller has been offered in its life: as many
  ///   as each of the others, or some of the work was not done, or was done twice.
  /// - Returns: how long it took for the others to come; zero if that was too short to be measured.
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
