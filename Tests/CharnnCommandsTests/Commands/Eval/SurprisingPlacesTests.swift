import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct SurprisingPlacesTests {
  @Test(arguments: [1, 5, 50])
  func theLargestAreThoseOfASortedList(_ limit: Int) {
    let values = (0..<40).map { Double(($0 * 17) % 13) }
    var largest = Largest<Int>(limit: limit)
    for (index, value) in values.enumerated() { largest.insert(index, value: value) }
    let sorted = values.indices.sorted { (values[$0], -$0) > (values[$1], -$1) }
    #expect(largest.sorted == Array(sorted.prefix(limit)))
  }

  @Test func onATerminalTheTextIsFollowedByTheMostSurprisingPlaces() throws {
    let folder = try Workspace()
    let transcript = Transcript()
    let abilities = ConsoleAbilities(outputIsTerminal: true, colors: true, columns: { 60 })
    let code = run(
      ["eval", "--model", folder.model, "--string", "the fox\nzzz dog\n", "--chars"],
      transcript.console(abilities))
    #expect(code == .done)
    let plain = transcript.output.replacing(#/\u{1b}\[[\d;]*m/#, with: "")
    #expect(plain.hasPrefix("the fox"))
    let places = plain.split(separator: "\n").filter { $0.contains(#/^ +\d+\.\d  \d:\d/#) }
    #expect(places.count == 10)
    #expect(places.allSatisfy { $0.count <= 60 && $0.contains("%") }, "\(places)")
    let bits = places.compactMap { Double($0.split(separator: " ")[0]) }
    #expect(bits == bits.sorted(by: >))
    #expect(transcript.messages.hasPrefix("loss "))
  }
}
