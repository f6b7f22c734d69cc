import Testing

@testable import RecurrentLM

@Suite struct TrainingClockTests {
  private func clock(_ minutes: Double?, started seconds: Double) -> TrainingClock {
    TrainingClock(limitMinutes: minutes, start: RunningTime.now - .seconds(seconds))
  }

  /// The test may have to wait, so the bounds are wide.
  @Test func whatIsNeededAtTheEndIsLeft() {
    let fraction = clock(1, started: 25).fraction(leaving: 10)
    #expect(0.5...0.9 ~= fraction)
  }

  @Test func earlierRunsCount() {
    var clock = clock(1, started: 20)
    clock.earlierSeconds = 10
    #expect(30...60 ~= clock.seconds)
    #expect(0.5...0.9 ~= clock.fraction(leaving: 0))
  }

  @Test func withoutALimitNothingIsUsedUp() {
    #expect(clock(nil, started: 1e6).fraction(leaving: 1) == 0)
  }

  @Test func aLimitShorterThanTheEndIsUsedUp() {
    #expect(clock(1, started: 1).fraction(leaving: 100) >= 1)
  }
}
