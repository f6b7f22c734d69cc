import Testing

@testable import CharnnCommands

@Suite struct FittedLineTests {
  private let line = FittedLine(parts: [
    FittedLine.Part(forms: ["epoch 12", "12"], concessions: [3]),
    FittedLine.Part(forms: ["400 characters", "400"], concessions: [1, 2]),
  ])

  @Test(arguments: [
    (24, "epoch 12  400 characters"), (23, "epoch 12  400"), (12, "epoch 12"), (7, "12"), (1, "1"),
  ])
  func partsGiveUpTheirFormsInTheirOrder(_ columns: Int, _ expected: String) {
    #expect(line.fitted(columns: columns).plain == expected)
  }
}
