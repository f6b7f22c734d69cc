import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct UnitCorrelationsTests {
  private let text = Array(
    String(repeating: "He said \"go on\" (twice).\nOr not?\n", count: 10).unicodeScalars)

  private var units: [Unit] { (0..<20).map { Unit(layer: 0, direction: 0, index: $0) } }

  /// Noise, but in unit 5 the depth of brackets, upside down.
  private func activities() -> [[Float]] {
    var generator = RandomGenerator(seed: 1)
    return text.indices.map { position in
      var step = (0..<20).map { _ in Float.random(in: -1...1, using: &generator) }
      let isInside = text[...position].last { "()".unicodeScalars.contains($0) } == "("
      step[5] = (isInside ? -0.3 : 0.1) + step[5] / 20
      step[6] = 0.25
      return step
    }
  }

  private func correlations() -> UnitCorrelations {
    var correlations = UnitCorrelations(units, TextFeature.all(in: text))
    for (position, step) in activities().enumerated() { correlations.add(step, at: position) }
    return correlations
  }

  @Test func aUnitThatFollowsAFeatureIsFoundAmongNoise() throws {
    let telling = correlations().mostTelling
    // It is also far along in its line and sentence when it is inside brackets.
    #expect(Set(telling.map(\.unit.name)) == ["1:6"])
    #expect(telling.first?.feature == "depth of brackets")
    #expect((-1.0 ... -0.9).contains(try #require(telling.first).correlation))
  }

  @Test func theCorrelationIsPearsons() {
    let (found, activities) = (correlations(), activities())
    let count = Double(text.count)
    for (index, feature) in found.features.enumerated() {
      for unit in units.indices where unit != 6 {
        let values = activities.map { Double($0[unit]) }
        let mean = values.reduce(0, +) / count
        let covariance = zip(values, feature.values).reduce(0) { $0 + ($1.0 - mean) * $1.1 } / count
        let deviation =
          (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        #expect(
          abs(found.correlation(feature: index, unit: unit) - covariance / deviation) < 1e-9)
      }
      #expect(found.correlation(feature: index, unit: 6) == 0)
    }
  }

  @Test func aUnitBeyondAllNumbersFollowsNothingAndHasAPage() throws {
    var architecture = Architecture()
    (architecture.cell, architecture.layers, architecture.hidden) = (.rnn, 1, 2)
    var correlations = UnitCorrelations(architecture.units, TextFeature.all(in: text))
    let vocabulary = Vocabulary(of: text, mode: .raw)
    for position in text.indices { correlations.add([.infinity, .nan], at: position) }
    #expect(correlations.mostTelling.isEmpty)
    #expect(correlations.correlation(feature: 0, unit: 0) == 0)
    let page = UnitPage(
      title: "", summary: "", architecture: architecture,
      text: InspectedText(
        ids: try vocabulary.encode(text), name: "", vocabulary: vocabulary),
      correlations: correlations,
      activities: [Float.infinity, .nan].map { [Float](repeating: $0, count: text.count) })
    #expect(page.html.contains("\"scales\":"))
  }
}
