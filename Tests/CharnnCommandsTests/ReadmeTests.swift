import Foundation
import Testing

@testable import CharnnCommands

/// With `UPDATE_README=1` in the environment, writes the reference instead of comparing it.
@Test func theReadmeHasTheReferenceOfAllOptions() throws {
  let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../README.md")
    .standardized
  let readme = try String(contentsOf: file, encoding: .utf8)
  let begin = try #require(readme.range(of: "<!-- options: begin -->\n")).upperBound
  let end = try #require(readme.range(of: "<!-- options: end -->", range: begin..<readme.endIndex))
    .lowerBound
  let reference = "\n" + commandDescriptions.map { $0.markdown + "\n" }.joined()
  if ProcessInfo.processInfo.environment["UPDATE_README"] == "1" {
    try readme.replacingCharacters(in: begin..<end, with: reference)
      .write(to: file, atomically: true, encoding: .utf8)
  } else {
    #expect(readme[begin..<end] == reference)
  }
}
