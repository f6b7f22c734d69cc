import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

/// `inspect --cells`, `--gates` and `--html`.
@Suite struct UnitViewTests {
  private func outcome(
    _ folder: borrowing Workspace, _ words: String..., colors: Bool = false
  ) -> (output: String, messages: String, code: ExitCode) {
    let transcript = Transcript()
    let console = transcript.console(
      ConsoleAbilities(outputIsTerminal: colors, colors: colors))
    let code = run(["inspect", folder.model] + words, console)
    return (transcript.output, transcript.messages, code)
  }

  /// By position, the activity of each unit of the tiny model.
  private func activities(_ folder: borrowing Workspace, _ text: String) throws -> [[Float]] {
    let checkpoint = try Checkpoint(contentsOf: folder.model)
    var activities: [[Float]] = []
    try ActivationReader(checkpoint.model(), threads: 1).read(
      checkpoint.vocabulary.encode(text.unicodeScalars)
    ) { _, step in
      activities.append(
        step.values(checkpoint.configuration.architecture.activity, layer: 0))
    }
    return activities
  }

  @Test func offATerminalCellsAreATable() throws {
    let folder = try Workspace()
    let rows = outcome(folder, "--cells", "the\\nfox", "--unit", "1:3", "--unit", "1:8").output
      .split(separator: "\n").map { $0.components(separatedBy: "\t") }
    #expect(rows[0] == ["position", "character", "1:3", "1:8"])
    #expect(rows.dropFirst().map { $0[0] } == (1...7).map(String.init))
    #expect(rows.dropFirst().map { $0[1] } == ["t", "h", "e", "\\n", "f", "o", "x"])
    let expected = try activities(folder, "the\nfox").map { step in
      [2, 7].map { fixed(Double(step[$0]), decimals: 4) }
    }
    #expect(rows.dropFirst().map { Array($0[2...]) } == expected)
  }

  @Test func onATerminalTheTextIsShaded() throws {
    let folder = try Workspace()
    let shown = outcome(folder, "--cells", "the fox", "--unit", "1:3", colors: true).output
    let activities = try activities(folder, "the fox").map { $0[2] }
    let largest = activities.map { abs($0) }.max() ?? 1
    for (character, activity) in zip("the fox", activities) {
      let shade = Shade(Double(activity / largest))
      let part = shade.level == 0 ? "\(character)" : "[\(shade.graphicRendition)m"
      #expect(shown.contains(part))
    }
    #expect(shown.contains("1:3"))
    #expect(activities.contains { abs($0) == largest })
  }

  @Test func asJSONCellsAndGatesAreMembers() throws {
    let folder = try Workspace()
    let object = try jsonObject(
      outcome(folder, "--json", "--gates", "--cells", "the fox", "--unit", "1:3").output)
    let cells = try #require(object["cells"] as? [String: any Sendable])
    #expect(cells["characters"] as? [String] == ["t", "h", "e", " ", "f", "o", "x"])
    let units = try #require(cells["units"] as? [[String: any Sendable]])
    #expect(units.map { $0["unit"] as? String } == ["1:3"])
    let found = (units.first?["activities"] as? [Double] ?? []).map(Float.init)
    #expect(try activities(folder, "the fox").map { $0[2] } == found)
    let gates = try #require(object["gates"] as? [[String: any Sendable]])
    #expect(
      gates.map { $0["signal"] as? String } == [
        "input gate", "forget gate", "output gate", "candidate", "tanh(C)", "H",
      ])
    #expect(
      Set(gates.flatMap(\.keys)) == [
        "layer", "direction", "signal", "mean", "low", "high", "histogram",
      ])
  }

  @Test func theStatisticsAreThoseOfTheValues() throws {
    let folder = try Workspace()
    let rows = outcome(folder, "--gates", "--corpus", folder.text).output
      .split(separator: "\n").map { $0.components(separatedBy: "\t") }
    #expect(rows.first == ["layer", "direction", "signal", "mean", "low", "high"])
    let checkpoint = try Checkpoint(contentsOf: folder.model)
    let architecture = checkpoint.configuration.architecture
    #expect(rows.dropFirst().map { $0[2] } == architecture.signals.map(\.name))
    for (row, signal) in zip(rows.dropFirst(), architecture.signals) {
      var values: [Float] = []
      try ActivationReader(checkpoint.model(), threads: 1).read(
        checkpoint.vocabulary.encode(Tiny.text.unicodeScalars)
      ) { _, step in values += step.values(signal, layer: 0) }
      let count = Double(values.count)
      let low: Float = signal.scale == .gate ? 0.1 : -0.9
      let expected = [
        values.reduce(0.0) { $0 + Double($1) } / count, Double(values.count { $0 < low }) / count,
        Double(values.count { $0 > 0.9 }) / count,
      ]
      #expect(Array(row[3...]) == expected.map { fixed($0, decimals: 4) }, "\(signal.name)")
    }
  }

  @Test(arguments: [
    ["--cell", "rnn", "--activation", "relu"], ["--cell", "gru", "--embedding", "4"],
    ["--cell", "lstm", "--bidirectional"],
    ["--cell", "gru", "--objective", "cloze", "--residual"],
  ])
  func everyKindOfModelCanBeLookedInto(_ options: [String]) throws {
    let folder = try Workspace(hasModel: false)
    let trained = charnn(
      ["train", folder.text, "--out", folder.model] + Tiny.options + ["--layers", "2"] + options)
    try #require(trained.code == .done, "\(trained.messages)")
    let found = outcome(
      folder, "--cells", "the fox", "--gates", "--html", folder.file("p.html"), "--corpus",
      folder.text)
    #expect(found.code == .done, "\(found.messages)")
    let isBidirectional = options.contains("cloze") || options.contains("--bidirectional")
    #expect(found.output.contains("2\tbackward\tH\t") == isBidirectional)
    #expect(found.output.contains("\t2\tforward\tH") == false)
    let page = String(decoding: try folder.data("p.html"), as: UTF8.self)
    #expect(page.contains("\"2:8:backward\"") == isBidirectional)
  }

  @Test func thePageHasEveryActivationInAByte() throws {
    let folder = try Workspace()
    try folder.write(String(repeating: "</script>", count: 3), to: "other.txt")
    let path = folder.file("units.html")
    let found = outcome(folder, "--html", path, "--corpus", folder.text)
    #expect(found.code == .done && found.output.isEmpty)
    #expect(found.messages.contains("wrote \(path)"))
    let page = String(decoding: try folder.data("units.html"), as: UTF8.self)
    let begin = try #require(page.range(of: "id=\"data\">"))
    let end = try #require(page[begin.upperBound...].range(of: "</script>"))
    let data = try jsonObject(String(page[begin.upperBound..<end.lowerBound]))
    #expect(data["text"] as? String == Tiny.text)
    let bytes = try #require(
      (data["activations"] as? String).flatMap { Data(base64Encoded: $0) })
    let scales = try #require(data["scales"] as? [Double])
    let activities = try activities(folder, Tiny.text)
    try #require(bytes.count == 8 * activities.count)
    for unit in 0..<8 {
      for (position, step) in activities.enumerated() {
        let byte = Double(bytes[unit * activities.count + position])
        #expect(abs((byte - 128) / 127 * scales[unit] - Double(step[unit])) < scales[unit] / 250)
      }
    }
    #expect(!page.contains("src=") && !page.contains("http"))
  }

  @Test func whatCannotBeShownIsRefused() throws {
    let folder = try Workspace()
    let absent = outcome(folder, "--cells", "the", "--unit", "2:1")
    #expect(absent.code == .usage)
    #expect(absent.messages.contains("--unit 2:1: the model is LSTM, 1 layer of 8"))
    let noText = outcome(folder, "--gates")
    #expect(noText.code == .usage)
    #expect(noText.messages.contains("which is not built in; give one with --corpus"))
    let unknown = outcome(folder, "--cells", "ÄÖ")
    #expect(unknown.code == .badData && unknown.output.isEmpty)
    #expect(
      outcome(folder, "--cells", "ÄÖ", "--unknown", "skip").messages.contains(
        "there is no character that the model knows"))
    let present = outcome(folder, "--gates", "--corpus", folder.text, "--html", folder.text)
    #expect(present.code == .cannotCreate)
    #expect(try folder.data("text.txt") == Data(Tiny.text.utf8))
  }
}
