import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct InspectTests {
  @Test(arguments: [
    (["a", "b"], "one FILE, found also 'b'; --plot takes several"),
    (["--json", "--tensors"], "--json prints everything; leave out the other options"),
    (["--json", "--vocabulary"], "--json prints everything; leave out the other options"),
    (["--history", "--json"], "--json prints everything; leave out the other options"),
    (
      ["--cells", "x", "--unit", "1"],
      "--unit takes LAYER:N or LAYER:N:backward, such as 1:20, both counted from 1; found '1'"
    ),
    (["--unit", "1:1"], "--unit chooses what --cells TEXT shows; give a TEXT"),
    (
      ["--corpus", "x"],
      "--corpus and --unknown are for --cells, --gates and --html; give one of them"
    ),
    (
      ["--cells", "\\x"],
      "--cells '\\x': after a backslash comes n, t, r, u{HEX} or another backslash"
    ),
  ])
  func wordsThatContradictEachOtherAreRefused(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message, command: "inspect")) { try Inspect.parse(words) }
  }

  private func inspect(_ folder: borrowing Workspace, _ words: String...) -> String {
    let outcome = charnn(["inspect", folder.model] + words)
    #expect(outcome.code == .done)
    #expect(outcome.messages.isEmpty)
    return outcome.output
  }

  @Test func theOverviewSaysWhatTheModelIsAndHowItWasTrained() throws {
    let folder = try Workspace()
    let lines = inspect(folder).split(separator: "\n")
    let expected = [
      "checkpoint    \(folder.model)",
      "model         LSTM, 1 layer of 8",
      "parameters    1,468",
      "vocabulary    28 tokens: \\n abcdefghijklmnopqrstuvwxyz",
      "trained on    ",
      "minibatches   4 sequences x 10 steps, sequential",
      "optimizer     adam, learning rate 0.002, clip 1, seed 1",
      "epochs        2 of 2, perplexity ",
    ]
    try #require(lines.count == expected.count)
    for (line, expected) in zip(lines, expected) { #expect(line.hasPrefix(expected)) }
    #expect(lines[4].hasSuffix("/text.txt (raw, first 600 characters)"))
  }

  @Test func theHeldOutTextHasItsRowItsColumnAndItsMember() throws {
    let folder = try Workspace(hasModel: false)
    #expect(folder.train("--validation", "0.1").code == .done)
    let checkpoint = try Checkpoint(contentsOf: folder.model)
    let best = try #require(checkpoint.bestValidation)
    let perplexity = perplexityText(best.perplexity)
    #expect(
      inspect(folder).hasSuffix(
        "held out      best perplexity \(perplexity), after 2 epochs: the model that is kept\n"))
    let rows = inspect(folder, "--history").split(separator: "\n")
    #expect(rows[0] == "epoch\tloss\tperplexity\tgradient norm\theld out")
    #expect(rows[2].hasSuffix("\t\(perplexity)"))
    let object = try jsonObject(inspect(folder, "--json"))
    let validation = try #require(object["best_validation"] as? [String: any Sendable])
    #expect(validation["loss"] as? Double == best.loss)
    #expect(validation["epoch"] as? Double == 2)
  }

  @Test func tensorsHaveTheNamesAndShapesOfPyTorch() throws {
    let rows = inspect(try Workspace(), "--tensors").split(separator: "\n")
    #expect(
      rows.first?.split(separator: "  ").map { $0.trimmed }
        == ["tensor", "shape", "norm", "mean", "deviation", "min", "max"])
    let shapes = rows.dropFirst().map {
      $0.split(separator: "  ").prefix(2).map { $0.trimmed }
    }
    #expect(
      shapes == [
        ["rnn.weight_ih_l0", "32 x 28"], ["rnn.weight_hh_l0", "32 x 8"],
        ["rnn.bias_ih_l0", "32"], ["rnn.bias_hh_l0", "32"],
        ["linear.weight", "28 x 8"], ["linear.bias", "28"],
      ])
    for row in rows.dropFirst() {
      let numbers = row.split(separator: "  ").dropFirst(2).compactMap { Double($0.trimmed) }
      try #require(numbers.count == 5)
      #expect(numbers[0] > 0 && numbers[3] < numbers[1] && numbers[1] < numbers[4])
    }
  }

  @Test func theSpreadOfTensorsIsThatOfTheirValues() throws {
    let folder = try Workspace()
    let model = try Checkpoint(contentsOf: folder.model).model()
    let tensors =
      try jsonObject(inspect(folder, "--json"))["tensors"] as? [[String: any Sendable]] ?? []
    try #require(tensors.count == model.layout.parameters.count)
    for (tensor, parameter) in zip(tensors, model.layout.parameters) {
      let values = model.values(of: parameter).map(Double.init)
      let (count, norm) = (Double(values.count), try #require(tensor["norm"] as? Double))
      let mean = try #require(tensor["mean"] as? Double)
      let deviation = try #require(tensor["standard_deviation"] as? Double)
      #expect(abs(mean - values.reduce(0, +) / count) < 1e-6)
      #expect(abs(norm * norm / count - (mean * mean + deviation * deviation)) < 1e-6)
      #expect(tensor["minimum"] as? Double == values.min().map { Double("\(Float($0))") ?? 0 })
      #expect(tensor["maximum"] as? Double == values.max().map { Double("\(Float($0))") ?? 0 })
    }
  }

  @Test func onATerminalEveryLineOfTheOverviewAndOfTensorsFits() throws {
    let folder = try Workspace()
    for words in [[], ["--tensors"], ["--gates", "--corpus", folder.text]] {
      let transcript = Transcript()
      let console = transcript.console(
        ConsoleAbilities(outputIsTerminal: true, columns: { 40 }))
      #expect(run(["inspect", folder.model] + words, console) == .done)
      let lines = transcript.output.split(separator: "\n")
      #expect(lines.allSatisfy { columns(of: String($0)) <= 40 }, "\(transcript.output)")
      #expect(lines.count > 5)
      #expect(transcript.output.contains("⠒⠒ in training") == words.isEmpty)
    }
  }

  @Test func theVocabularyHasNumbersAndCodePoints() throws {
    let rows = inspect(try Workspace(), "--vocabulary").split(separator: "\n")
    try #require(rows.count == 28)
    #expect(rows[..<3] == ["0\tU+000A\t\\n", "1\tU+0020\t ", "2\tU+0061\ta"])
    #expect(rows.last == "27\tU+007A\tz")
  }

  @Test func theHistoryHasARowForEachEpoch() throws {
    let rows = inspect(try Workspace(), "--history").split(separator: "\n")
    #expect(rows.first == "epoch\tloss\tperplexity\tgradient norm")
    #expect(rows.dropFirst().map { $0.split(separator: "\t").count } == [4, 4])
    #expect(rows.dropFirst().map { $0.prefix(2) } == ["1\t", "2\t"])
  }

  @Test func partsCanBeAskedForTogether() throws {
    let folder = try Workspace()
    #expect(
      inspect(folder, "--history", "--tensors")
        == inspect(folder, "--tensors") + inspect(folder, "--history"))
  }

  @Test func asJSONEverythingIsOneObject() throws {
    let folder = try Workspace()
    let object = try jsonObject(inspect(folder, "--json"))
    #expect(
      Set(object.keys) == [
        "configuration", "parameters", "corpus", "vocabulary", "epochs", "history", "tensors",
      ])
    #expect(object["parameters"] as? Int == 1468)
    #expect(object["epochs"] as? Int == 2)
    #expect((object["vocabulary"] as? [String])?.count == 28)
    let configuration = try #require(object["configuration"] as? [String: any Sendable])
    #expect(configuration["cell"] as? String == "lstm")
    #expect(configuration["max-chars"] as? Int == 600)
    let tensors = try #require(object["tensors"] as? [[String: any Sendable]])
    #expect(
      tensors.map { Set($0.keys) }
        == Array(
          repeating: [
            "name", "shape", "norm", "mean", "standard_deviation", "minimum", "maximum",
          ], count: 6))
    let history = try #require(object["history"] as? [[String: any Sendable]])
    #expect(history.map { $0["epoch"] as? Int } == [1, 2])
  }

  @Test func aFileThatIsNoCheckpointIsRefused() throws {
    let folder = try Workspace()
    let outcome = charnn("inspect", folder.text)
    #expect(outcome.code == .badData)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.contains("\(folder.text): not a checkpoint (.safetensors)"))
    #expect(charnn("inspect", folder.file("none")).code == .missingInput)
  }
}

extension Substring {
  fileprivate var trimmed: String { String(self).trimmingCharacters(in: .whitespaces) }
}
