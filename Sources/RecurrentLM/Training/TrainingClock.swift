/// The time that training has taken, and its limit.
struct TrainingClock {
  /// nil: there is no limit.
  private let limit: Double?
  private let start: Duration
  /// Seconds before the run that goes on now.
  var earlierSeconds = 0.0

  /// - Parameter start: the `RunningTime` from which on the time of this run counts.
  init(limitMinutes: Double?, start: Duration) {
    limit = limitMinutes.map { 60 * $0 }
    self.start = start
  }

  /// Of all runs.
  var seconds: Double { earlierSeconds + (RunningTime.now - start) / .seconds(1) }

  /// How much of the limit is used up; 0 where there is none.
  ///
  /// - Parameter secondsToFinish: what is needed when training ends.
  func fraction(leaving secondsToFinish: Double) -> Double {
    guard let limit else { return 0 }
    return seconds / max(limit - secondsToFinish, .leastNormalMagnitude)
  }
}
