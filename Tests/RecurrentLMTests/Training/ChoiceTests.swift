import Testing

@testable import RecurrentLM

@Suite struct ChoiceTests {
  private func chosen(
    _ characters: Int, operations: Double = Configuration.usualOperations, minutes: Double? = nil,
    given: [PartialKeyPath<Configuration>] = [], _ change: (inout Configuration) -> Void = { _ in }
  ) -> (configuration: Configuration, readings: Double) {
    var configuration = Configuration()
    configuration.training.maxMinutes = minutes
    change(&configuration)
    let readings = configuration.choose(
      characters: characters, vocabularySize: 70, operations: operations
    ) { given.contains($0) }
    return (configuration, readings)
  }

  @Test func moreTimeMakesALargerModel() {
    let sizes = [1e10, 3e12, 1e13, 1e14, 1e18].map {
      chosen(1_000_000, operations: $0).configuration.architecture.hidden
    }
    #expect(sizes == sizes.sorted())
    #expect((sizes.first, sizes.last) == (32, 1024))
    #expect(Set(sizes).count == sizes.count)
  }

  @Test func aShorterTextIsReadMoreOftenAndMoreIsDropped() {
    let choices = [100_000, 1_000_000, 3_000_000, 100_000_000].map { chosen($0) }
    for (shorter, longer) in zip(choices, choices.dropFirst()) {
      #expect(shorter.readings > longer.readings)
      #expect(shorter.configuration.training.dropout > longer.configuration.training.dropout)
    }
    #expect(choices.allSatisfy { 1...40 ~= $0.configuration.training.epochs })
    #expect(choices.last?.configuration.training.dropout == 0)
  }

  @Test func whatIsGivenStays() {
    let given: [PartialKeyPath<Configuration>] = [
      \.architecture.hidden, \.training.epochs, \.training.dropout, \.training.schedule,
      \.training.batch, \.training.steps, \.training.warmup, \.training.recurrentDropout,
      \.architecture.residual,
    ]
    let (configuration, readings) = chosen(1_000_000, given: given) {
      $0.architecture.hidden = 32
      $0.training.epochs = 3
    }
    var expected = Configuration()
    expected.architecture.hidden = 32
    expected.training.epochs = 3
    expected.training.optimizer = .adamw
    expected.training.learningRate = 0.016
    expected.training.weightDecay = 0.05
    #expect(configuration == expected)
    #expect(readings == 3)
  }

  @Test(arguments: 1...3)
  func stacksAreResidual(layers: Int) {
    let (configuration, _) = chosen(1_000_000) { $0.architecture.layers = layers }
    #expect(configuration.architecture.residual)
  }

  @Test func anRNNLearnsAtHalfTheRate() {
    let rates = [CellKind.lstm, .rnn].map { cell in
      chosen(1_000_000, given: [\.architecture.hidden]) { $0.architecture.cell = cell }
        .configuration.training.effectiveLearningRate
    }
    #expect(rates[1] == rates[0] / 2)
  }

  @Test func theWeightDecayIsAdamWsUnlessItIsGiven() {
    func decay(_ optimizer: OptimizerKind, _ given: PartialKeyPath<Configuration>...) -> Double? {
      chosen(1_000_000, given: [\.training.optimizer] + given) {
        $0.training.optimizer = optimizer
      }.configuration.training.weightDecay
    }
    #expect(decay(.adamw) == 0.05)
    #expect(decay(.adamw, \.training.weightDecay) == nil)
    #expect(decay(.adam) == nil)
  }

  @Test func theLearningRateOfStochasticGradientDescentIsItsOwn() {
    let (configuration, _) = chosen(1_000_000, given: [\.training.optimizer]) {
      $0.training.optimizer = .sgd
    }
    #expect(configuration.training.effectiveLearningRate == 1)
  }

  @Test func moreReadingsThanHelpAreNotMadeWhateverTheTime() {
    let (configuration, readings) = chosen(100_000, operations: 1e16, minutes: 1_000)
    #expect(configuration.training.epochs == 40)
    #expect(readings == 40)
  }

  /// Extremes: no size, no rate and no number of epochs is out of range.
  @Test(arguments: [20_000, 1 << 40], [1e-3, 1e30])
  func everyChoiceIsValid(_ characters: Int, _ operations: Double) {
    let (configuration, readings) = chosen(characters, operations: operations)
    #expect(configuration.invalidOption == nil)
    #expect(readings.isFinite)
  }

  @Test func theSpeedOfTheMachineIsMeasured() throws {
    let speed = try Trainer.operationsPerSecond(
      CellVariant.gru.architecture(), vocabularySize: 7, .small, threads: 2)
    #expect(speed > 0 && speed.isFinite)
  }
}
