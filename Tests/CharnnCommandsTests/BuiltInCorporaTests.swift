import Corpora
import Foundation
import Testing

/// A text that a person could have written: neither repeated nor drawn at random.
private struct Promise {
  let corpus: BuiltInCorpus
  let file: String
  let characters: Int
  let distinct: Int
  /// Of the size under gzip to that without.
  let ratios: ClosedRange<Double>
}

@Suite struct BuiltInCorporaTests {
  private static let promises = [
    Promise(
      corpus: .timeTraveller, file: "time_traveller.txt", characters: 40_000, distinct: 40,
      ratios: 0.33...0.48),
    Promise(
      corpus: .lyricsZh, file: "lyrics_zh.txt", characters: 12_000, distinct: 1_000,
      ratios: 0.42...0.65),
  ]

  private static let folder = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../corpora").standardized

  private func text(_ promise: Promise) throws -> String {
    try #require(String(validating: promise.corpus.bytes, as: UTF8.self))
  }

  @Test(arguments: promises)
  fileprivate func aTextHasThePromisedCharacters(_ promise: Promise) throws {
    let characters = try text(promise).unicodeScalars
    #expect(characters.count >= promise.characters)
    #expect(Set(characters).count >= promise.distinct)
  }

  @Test(arguments: promises)
  fileprivate func theBuiltInTextIsTheFile(_ promise: Promise) throws {
    let file = Self.folder.appendingPathComponent(promise.file)
    #expect(try Array(Data(contentsOf: file)) == promise.corpus.bytes)
  }

  @Test(arguments: promises)
  fileprivate func aTextCompressesAsNaturalOnesDo(_ promise: Promise) throws {
    let file = Self.folder.appendingPathComponent(promise.file)
    let compressed = try system("gzip", "-9", "-c", file.path).output
    let ratio = Double(compressed.count) / Double(promise.corpus.bytes.count)
    #expect(promise.ratios.contains(ratio))
  }

  @Test(arguments: promises)
  fileprivate func noLongLineIsRepeated(_ promise: Promise) throws {
    let lines = try text(promise).split(separator: "\n").filter { $0.count > 20 }
    #expect(Set(lines).count == lines.count)
  }

  @Test func theEnglishTaleIsASCIIAndSpeaksOfTheTimeTraveller() throws {
    let tale = try text(Self.promises[0])
    #expect(tale.utf8.allSatisfy { $0 < 128 })
    #expect(tale.lowercased().split(separator: "the time traveller").count > 100)
  }
}
