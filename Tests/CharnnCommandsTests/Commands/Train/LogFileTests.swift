import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import CharnnCommands

@Suite struct LogFileTests {
  private func lines(_ folder: borrowing Workspace, _ name: String) throws -> [String] {
    String(decoding: try folder.data(name), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func theLogHasTheEventsThatAreAlsoPrintedAsJSON() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--json", "--log", folder.file("log"))
    #expect(outcome.code == .done)
    let log = String(decoding: try folder.data("log"), as: UTF8.self)
    #expect(log == outcome.output)
    let begin = try #require(try outcome.objects().first)
    #expect(begin["event"] as? String == "begin" && begin["vocabulary_size"] as? Int == 28)
  }

  @Test func aTableHasALineForEachEpochAndResumingAddsToIt() throws {
    let folder = try Workspace(hasModel: false)
    let first = folder.train("--log", folder.file("a.csv"))
    #expect(first.code == .done)
    let resumed = folder.train("--log", folder.file("a.csv"), "--resume", "--epochs", "3")
    #expect(resumed.code == .done)
    let lines = try lines(folder, "a.csv")
    #expect(lines.first == CSVReporter.header)
    #expect(lines.dropFirst().map { $0.prefix(2) } == ["1,", "2,", "3,"])
    for line in lines { #expect(line.filter { $0 == "," }.count == 7) }
  }

  @Test func anEarlierLogIsKeptAndAnyOtherFileIsRefused() throws {
    let folder = try Workspace(hasModel: false)
    let logged = folder.train("--log", folder.file("log"))
    #expect(logged.code == .done)
    let overwritten = folder.train("--log", folder.file("log"), "--overwrite")
    #expect(overwritten.code == .done)
    let isKept = folder.exists("log.~1~")
    #expect(!isKept)
    #expect(
      charnn(
        ["train", folder.text, "--out", folder.file("new"), "--log", folder.file("log")]
          + Tiny.options
      ).code == .done)
    let isKeptNow = folder.exists("log.~1~")
    #expect(isKeptNow)
    try folder.write("a diary", to: "diary")
    let refused = folder.train("--overwrite", "--log", folder.file("diary"))
    #expect(refused.code == .cannotCreate)
    let diary = try lines(folder, "diary")
    #expect(diary == ["a diary"])
  }

  @Test func thePictureIsDrawnAndDrawnAgain() throws {
    let folder = try Workspace(hasModel: false)
    for _ in 1...2 {
      let outcome = folder.train(
        "--overwrite", "--validation", "0.2", "--plot", folder.file("a.svg"))
      #expect(outcome.code == .done)
    }
    let picture = String(decoding: try folder.data("a.svg"), as: UTF8.self)
    #expect(picture.contains("<polyline class=\"curve c0\"") && picture.contains("held out; best "))
    let outcome = charnn("inspect", folder.model, folder.model, "--plot", folder.file("b.svg"))
    #expect(outcome.code == .done)
    let both = XMLParser(data: try folder.data("b.svg"))
    #expect(both.parse())
  }
}
