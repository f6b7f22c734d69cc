import Testing

@testable import RecurrentLM

@Suite struct ScheduleTests {
  @Test(arguments: [
    (Schedule.constant, [1, 1, 1, 1, 1]), (.cosine, [1, 0.853_553, 0.5, 0.146_447, 0]),
    (.step, [1, 1, 0.1, 0.01, 0.01]),
  ])
  func theRateFallsAsItIsSaid(_ schedule: Schedule, _ expected: [Double]) {
    for (index, factor) in expected.enumerated() {
      #expect(abs(schedule.factor(at: Double(index) / 4) - factor) < 1e-6)
    }
  }

  @Test func theRateRisesInEqualSteps() {
    var options = TrainingOptions()
    options.learningRate = 0.4
    options.warmup = 4
    let rates = (1...6).map { options.learningRate(ofUpdate: $0, at: 0) }
    #expect(zip(rates, [0.1, 0.2, 0.3, 0.4, 0.4, 0.4]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  /// A minibatch may take longer than what is left of the time.
  @Test func beyondTheEndTheRateIsThatOfTheEnd() {
    var options = TrainingOptions()
    options.schedule = .cosine
    #expect(options.learningRate(ofUpdate: 1, at: 1.5) == 0)
  }
}
