import Testing

@testable import CharnnCommands
@testable import RecurrentLM

@Suite struct ChartTests {
  /// Perplexities that fall from 50 to 2, with a held-out curve that rises after epoch 20.
  private func curve(epochs: Int) -> LearningCurve {
    LearningCurve(
      (1...epochs).map { epoch in
        let heldOut = abs(Double(epoch) - 20) / 40 + 1.5
        return EpochRecord(
          epoch: epoch, loss: 0.7 + 3.2 / Double(epoch), validationLoss: heldOut,
          learningRate: 0.1, gradientNorm: 1)
      }, best: nil, measure: "perplexity")
  }

  @Test(arguments: [20, 40, 80, 200], [5, 10])
  func everyLineFits(_ width: Int, _ rows: Int) {
    let lines = chart(curve(epochs: 40), columns: width, rows: rows)
    #expect(lines.count == rows)
    for line in lines { #expect(columns(of: line.plain) <= width) }
  }

  @Test(arguments: [(10, 10), (80, 4)])
  func whereThereIsNoRoomThereIsNoChart(_ width: Int, _ rows: Int) {
    #expect(chart(curve(epochs: 40), columns: width, rows: rows).isEmpty)
    #expect(chart(LearningCurve(), columns: 80, rows: 10).isEmpty)
  }

  @Test func curvesAxesAndTheBestPointAreShown() {
    let lines = chart(curve(epochs: 40), columns: 80, rows: 10)
    #expect(
      lines[0].plain
        == "perplexity  ⠒⠒ in training  ⠂⠂ held out  ● best 4.482, epoch 20")
    #expect(lines[1...8].filter { $0.plain.contains("┤") }.count >= 3)
    #expect(lines[1...8].filter { $0.plain.contains("●") }.count == 1)
    #expect(lines[9].plain.hasSuffix("epochs") || lines[9].plain.contains("40"))
    let styles = Set(lines[1...8].flatMap(\.runs).map { "\($0.style.map { "\($0)" } ?? "")" })
    #expect(styles.isSuperset(of: ["training", "heldOut", "bold", "dim"]))
  }

  @Test func aHigherPerplexityIsHigherUp() throws {
    var curve = LearningCurve()
    curve.training = [
      LearningCurve.Point(epoch: 1, perplexity: 100), LearningCurve.Point(epoch: 9, perplexity: 1),
    ]
    let lines = chart(curve, columns: 40, rows: 8).map(\.plain)
    #expect(lines[1].hasPrefix("100 ┤") && !lines[1].hasPrefix("100 ┤ "))
    #expect(lines[6].hasPrefix("  1 ┤ "))
    #expect(lines[6].count == 40)
  }

  @Test func oneEpochIsAPoint() {
    #expect(chart(curve(epochs: 1), columns: 40, rows: 8).count == 8)
  }

  @Test func aLongCurveIsThinnedAndKeepsItsEnd() {
    var long = curve(epochs: 5000)
    let whole = long
    long.thin(to: 1000)
    #expect(500...1000 ~= long.training.count)
    #expect(long.training.last == whole.training.last && long.best == whole.best)
  }

  @Test func theBestPointIsThatOfTheHeldOutText() {
    let best = ValidationRecord(updates: 3, epoch: 1.5, loss: 0.1)
    let curve = LearningCurve(
      [EpochRecord(epoch: 1, loss: 2, validationLoss: 3, learningRate: 1, gradientNorm: 1)],
      best: best, measure: "perplexity")
    #expect(curve.best?.epoch == 1.5)
    let unjudged = LearningCurve(
      [EpochRecord(epoch: 1, loss: 2, learningRate: 1, gradientNorm: 1)], best: nil,
      measure: "perplexity")
    #expect(unjudged.best?.epoch == 1)
  }
}

@Suite struct AxisScaleTests {
  @Test(
    arguments: [
      (1.0...100, 6, [1, 3, 10, 30, 100]), (1...100, 3, [1, 10, 100]),
      (3...30, 8, [3, 5, 7, 10, 20, 30]),
      (1.21...1.36, 4, [1.25, 1.3, 1.35]), (1...1e12, 5, [1, 1e3, 1e6, 1e9, 1e12]),
    ] as [(ClosedRange<Double>, Int, [Double])])
  func logarithmicTicksAreRound(_ range: ClosedRange<Double>, _ limit: Int, _ wanted: [Double]) {
    let scale = AxisScale(covering: [range.lowerBound, range.upperBound], isLogarithmic: true)
    let ticks = scale.ticks(atMost: limit)
    #expect(ticks.map(tickText) == wanted.map(tickText))
  }

  @Test(
    arguments: [
      (1.0...50, 5, [10.0, 20, 30, 40, 50]), (0...1, 3, [0, 0.5, 1]),
      (1...2, 6, [1, 1.2, 1.4, 1.6, 1.8, 2]),
      (1...1000, 6, [200, 400, 600, 800, 1000]),
    ] as [(ClosedRange<Double>, Int, [Double])])
  func linearTicksAreRound(_ range: ClosedRange<Double>, _ limit: Int, _ wanted: [Double]) {
    let scale = AxisScale(covering: [range.lowerBound, range.upperBound], isLogarithmic: false)
    #expect(scale.ticks(atMost: limit).map(tickText) == wanted.map(tickText))
  }

  @Test(arguments: [[1.0], [1, 1], [], [.infinity, 2, .nan], [1, .greatestFiniteMagnitude]])
  func anyValuesHaveAnAxis(_ values: [Double]) {
    for isLogarithmic in [true, false] {
      let scale = AxisScale(covering: values, isLogarithmic: isLogarithmic)
      #expect(scale.ticks(atMost: 5).count <= 5)
      for value in values + [0, -1, .nan] { #expect(0...1 ~= scale.fraction(of: value)) }
    }
  }

  @Test(arguments: [
    (1.0, "1"), (2.5, "2.5"), (0.30000000000000004, "0.3"), (20_000, "20,000"), (2e6, "2e6"),
    (1.25e9, "1.25e9"), (1.99999, "2"), (0.99999, "1"),
  ])
  func aTickIsShort(_ value: Double, _ text: String) { #expect(tickText(value) == text) }
}
