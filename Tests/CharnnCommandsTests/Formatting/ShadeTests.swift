import Testing

@testable import CharnnCommands

@Suite struct ShadeTests {
  @Test(arguments: [
    (0, 0), (0.05, 0), (0.5, 3), (1, 6), (7, 6), (-0.5, -3), (-2, -6), (Double.nan, 0),
  ])
  func aValueHasTheNearestOfItsLevels(_ value: Double, _ level: Int) {
    #expect(Shade(value).level == level)
  }

  @Test func rareCharactersAreDarker() {
    let levels = [1, 0.5, 0.1, 0.02, 0.001].map { Shade(probability: $0).level }
    #expect(levels == levels.sorted() && Set(levels).count == 5 && levels[0] == 0)
    #expect(Shade(probability: 0).level == 6)
  }

  @Test func eachShadeHasARuleOfTheStyleSheet() {
    for level in Shade.levels {
      let shade = Shade(Double(level) / 6)
      #expect(shade.pageClass.map { Shade.styleSheet.contains(".\($0){") } ?? (level == 0))
    }
  }
}
