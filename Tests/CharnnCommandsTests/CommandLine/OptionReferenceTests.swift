import Foundation
import Testing

@testable import CharnnCommands

/// With `UPDATE_OPTIONS=1` in the environment, writes the page instead of comparing it.
@Test func theReferenceOfAllOptionsIsUpToDate() throws {
  let file = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../../Sources/CharnnCommands/CharnnCommands.docc/Options.md")
    .standardized
  let reference = optionReference(of: commandDescriptions)
  if ProcessInfo.processInfo.environment["UPDATE_OPTIONS"] == "1" {
    try reference.write(to: file, atomically: true, encoding: .utf8)
  } else {
    #expect(try String(contentsOf: file, encoding: .utf8) == reference)
  }
}

@Test func theReferenceHasATableForEachGroupOfOptions() throws {
  let reference = optionReference(of: commandDescriptions)
  let row = "| `--cell rnn\\|gru\\|lstm` | lstm | the recurrent cell |\n"
  #expect(
    reference.contains(
      "### train: the model\n\n| option | default | meaning |\n| --- | --- | --- |\n\(row)"))
  for example in commandDescriptions.flatMap(\.examples) {
    #expect(reference.contains("\(example.line) "), "a space before the comment: \(example.line)")
  }
}
