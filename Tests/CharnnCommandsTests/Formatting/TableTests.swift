import Testing

@testable import CharnnCommands

@Suite struct TableTests {
  @Test func columnsAreAsWideAsTheyNeed() {
    let rows = [["name", "n", "x"], ["a", "10", "2.5"], ["中文字", "7", "1"]]
    #expect(
      aligned(rows, names: 1) == ["name     n    x", "a       10  2.5", "中文字   7    1"])
  }

  @Test func whatDoesNotFitIsLeftOut() {
    let rows = [["name", "10", "100"]]
    #expect(aligned(rows, names: 1, width: 13) == ["name  10  100"])
    #expect(aligned(rows, names: 1, width: 12) == ["name  10"])
  }

  @Test(arguments: [
    ("one two three", 7, ["one two", "three"]), ("one", 7, ["one"]), ("", 7, [""]),
    ("abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]), ("a  b", 10, ["a  b"]),
    ("中文字中文字", 4, ["中文", "字中", "文字"]),
  ])
  func linesBreakAtSpaces(_ text: String, _ width: Int, _ lines: [String]) {
    #expect(wrapped(text, columns: width) == lines)
  }
}
