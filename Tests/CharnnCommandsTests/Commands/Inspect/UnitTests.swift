import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct UnitTests {
  @Test(arguments: ["1:1", "2:117", "3:4:backward"])
  func aNameStandsForOneUnit(_ name: String) { #expect(Unit(name)?.name == name) }

  @Test(arguments: [
    "", "1", "1:", ":1", "0:1", "1:0", "-1:2", "1:2:forward", "1:2:backward:", "a:b",
  ])
  func otherNamesAreNone(_ name: String) { #expect(Unit(name) == nil) }

  @Test func anArchitectureHasTheUnitsOfAllLayersAndDirections() {
    var architecture = Architecture()
    (architecture.layers, architecture.hidden, architecture.bidirectional) = (2, 3, true)
    #expect(
      architecture.units.map(\.name) == [
        "1:1", "1:2", "1:3", "1:1:backward", "1:2:backward", "1:3:backward",
        "2:1", "2:2", "2:3", "2:1:backward", "2:2:backward", "2:3:backward",
      ])
    #expect(architecture.units.allSatisfy(architecture.has))
    #expect(!["3:1", "1:4"].compactMap { Unit($0) }.contains(where: architecture.has))
    architecture.bidirectional = false
    #expect(Unit("1:1:backward").map(architecture.has) == false)
  }
}
