import Foundation
import Testing

@testable import CharnnCommands

@Suite struct EvalLinesTests {
  /// Of the tiny model, whose text ends no line within a file.
  private func rows(_ outcome: Outcome<ExitCode>) -> [[String]] {
    outcome.output.split(separator: "\n").map { $0.components(separatedBy: "\t") }
  }

  /// By the surprisals of the characters, which are printed by another part.
  @Test func eachLineHasTheBitsOfItsCharactersAndItsPlaceInItsFile() throws {
    let folder = try Workspace()
    try folder.write("the fox\n\ndog", to: "a.txt")
    try folder.write("jumps\nover", to: "b.txt")
    let (a, b) = (folder.file("a.txt"), folder.file("b.txt"))
    let bits = rows(folder.onModel("eval", a, b, "--chars")).map { Double($0[1]) ?? .nan }
    let outcome = folder.onModel("eval", a, b, "--lines")
    let rows = rows(outcome)
    #expect(rows.map { $0[0] } == [a, a, a, b, b])
    #expect(rows.map { $0[1] } == ["1", "2", "3", "1", "2"])
    #expect(rows.map { $0[3] } == ["7", "1", "3", "6", "4"])
    #expect(rows.map { $0[4] } == ["the fox", "", "dog", "jumps", "over"])
    var start = 0
    for row in rows {
      let (mean, count) = (try #require(Double(row[2])), try #require(Int(row[3])))
      let sum = bits[start..<start + count].reduce(0, +)
      #expect(abs(sum / Double(count) - mean) < 0.002)
      start += count
    }
    #expect(start == bits.count)
    #expect(outcome.messages.hasSuffix("(21 characters)\n"))
  }

  @Test func theWorstLinesComeFirst() throws {
    let folder = try Workspace()
    let text = "the quick brown fox\nzzzz\njumps over\nxqxq\nthe lazy dog\n"
    let all = rows(folder.onModel("eval", "--string", text, "--lines"))
    let worst = rows(folder.onModel("eval", "--string", text, "--worst", "3"))
    let sorted = all.sorted { (Double($0[2]) ?? 0) > (Double($1[2]) ?? 0) }
    #expect(worst == Array(sorted.prefix(3)))
  }

  @Test func asJSONEachLineIsAnObjectAndTheResultTheLastOne() throws {
    let folder = try Workspace()
    let objects = try folder.onModel("eval", "--string", "fox\ndog", "--lines", "--json").objects()
    #expect(objects.map { $0["event"] as? String } == ["line", "line", nil])
    #expect(
      Set(objects[0].keys) == [
        "event", "file", "line", "bits_per_character", "characters", "text",
      ])
    #expect(objects.map { $0["text"] as? String } == ["fox", "dog", nil])
    let total = try objects.dropLast().reduce(0.0) { sum, line in
      let bits = try #require(line["bits_per_character"] as? Double)
      return sum + bits * Double(try #require(line["characters"] as? Int))
    }
    let mean = try #require(objects[2]["bits_per_character"] as? Double)
    #expect(abs(total / 6 - mean) < 1e-9)
  }

  @Test func linesThatAreSkippedWholeHaveNoFigure() throws {
    let folder = try Workspace()
    let outcome = folder.onModel(
      "eval", "--string", "fox\nFOX!\ndog", "--lines", "--unknown", "skip")
    let rows = rows(outcome)
    #expect(rows.map { $0[4] } == ["fox", "FOX!", "dog"])
    #expect(rows.map { $0[3] } == ["3", "1", "3"])
    #expect(outcome.messages.contains("4 unknown skipped"))
  }

  @Test func onATerminalLinesAreAlignedAndCutToItsWidth() throws {
    let folder = try Workspace()
    let transcript = Transcript()
    let abilities = ConsoleAbilities(outputIsTerminal: true, columns: { 30 })
    let text = "the quick brown fox jumps over\ndog\n"
    let code = run(
      ["eval", "--model", folder.model, "--string", text, "--lines"],
      transcript.console(abilities))
    #expect(code == .done)
    let lines = transcript.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 30 })
    #expect(lines.first?.contains(#/^ +\d\.\d\d +1  the quick brown f/#) == true, "\(lines)")
  }

  @Test func joinedLinesCannotBeShown() throws {
    let folder = try Workspace()
    let given = folder.onModel("eval", "--string", "fox", "--lines", "--text", "letters")
    #expect(given.code == .usage)
    #expect(given.messages.contains("need lines, but --text letters joins them"))
    let none = folder.onModel("eval", "--string", "123", "--text", "letters")
    #expect(none.code == .badData)
    #expect(none.messages.hasPrefix("charnn: the text has no letters a-z"))
  }

  @Test func aClozeAndALearningModelHaveLinesToo() throws {
    let folder = try Workspace()
    let still = rows(folder.onModel("eval", folder.text, "--lines"))
    let learning = rows(folder.onModel("eval", folder.text, "--lines", "--adapt", "0.5"))
    #expect(learning.count == 15 && learning.last != still.last)
    _ = folder.train("--objective", "cloze", "--overwrite")
    let cloze = rows(folder.onModel("eval", "--string", "the fox\ndog\n", "--lines"))
    #expect(cloze.map { $0[3] } == ["8", "4"])
  }

  // MARK: Two models

  @Test func againstAnotherModelEachLineHasBothFiguresAndTheirDifference() throws {
    let folder = try Workspace()
    let other = folder.file("other.safetensors")
    _ = charnn(["train", folder.text, "--out", other] + Tiny.options + ["--epochs", "8"])
    let alone = rows(folder.onModel("eval", folder.text, "--lines"))
    let otherAlone = rows(charnn("eval", "--model", other, folder.text, "--lines"))
    let outcome = folder.onModel("eval", folder.text, "--against", other)
    let both = rows(outcome)
    #expect(both.map { $0[2] } == alone.map { $0[2] })
    #expect(both.map { $0[3] } == otherAlone.map { $0[2] })
    for row in both {
      let figures = row[2...4].map { Double($0) ?? .nan }
      #expect(abs(figures[0] - figures[1] - figures[2]) < 0.0016)
    }
    #expect(
      outcome.messages.contains("model.safetensors is better on 0 lines, \(other) on 15; in total"))
    let objects = try folder.onModel("eval", folder.text, "--against", other, "--json").objects()
    #expect(objects.last?["other_better_lines"] as? Int == 15)
    #expect(objects.first?["difference"] as? Double ?? 0 > 0)
    let worst = rows(folder.onModel("eval", folder.text, "--against", other, "--worst", "2"))
    #expect(worst.count == 2)
  }

  @Test func whatOneModelDoesNotKnowIsAnErrorOrSkippedForBoth() throws {
    let folder = try Workspace()
    let other = folder.file("other.safetensors")
    try folder.write(Tiny.text.replacing("q", with: "Q"), to: "other.txt")
    _ = charnn(["train", folder.file("other.txt"), "--out", other] + Tiny.options)
    let words = ["eval", "--model", folder.model, "--against", other, "--string", "quick\nfox\n"]
    let refused = charnn(words)
    #expect(refused.code == .badData)
    #expect(refused.messages.hasPrefix("charnn: \(other): the model does not know 'q' (U+0071)"))
    let skipped = charnn(words + ["--unknown", "skip"])
    // The first character that both know is not predicted.
    #expect(rows(skipped).map { $0[5] } == ["4", "4"])
    #expect(rows(skipped).map { $0[6] } == ["quick", "fox"])
  }

  // MARK: Pages

  /// The text of a page's `pre`, without its elements.
  private func shownText(_ page: String) throws -> String {
    let match = try #require(page.firstMatch(of: #/<pre>(?<text>[\s\S]*)<\/pre>/#))
    return String(match.text).replacing(#/<[^>]*>/#, with: "").replacing("↵", with: "")
      .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
  }

  @Test func aPageShowsTheWholeText() throws {
    let folder = try Workspace()
    let path = folder.file("page.html")
    let text = "the <fox>\n\n& the dog\n"
    let words = ["--string", text, "--unknown", "skip", "--html", path]
    let outcome = charnn(["eval", "--model", folder.model] + words)
    #expect(outcome.output.hasPrefix("loss "))
    let page = String(decoding: try folder.data("page.html"), as: UTF8.self)
    #expect(try shownText(page) == text)
    #expect(page.contains(#/<span class="p\d" title="\d+\.\d bits; expected . \d+%/#))
    #expect(page.contains(#/<span class="skipped">/#))
    let against = charnn(
      ["eval", "--model", folder.model, "--against", folder.model] + words)
    #expect(against.code == .done)
    let compared = String(decoding: try folder.data("page.html"), as: UTF8.self)
    #expect(try shownText(compared) == text)
    #expect(compared.contains("line 1: 0.00 ("))
  }

  @Test func aPageReplacesNothingElse() throws {
    let folder = try Workspace()
    let outcome = folder.onModel("eval", folder.text, "--html", folder.text)
    #expect(outcome.code == .cannotCreate)
    #expect(String(decoding: try folder.data("text.txt"), as: UTF8.self) == Tiny.text)
  }
}
