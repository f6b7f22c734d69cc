import Foundation
import Testing

@testable import RecurrentLM

/// The same by whole strings: decoded at once, transformed at once.
private enum Naive {
  static func characters(_ files: [[UInt8]], _ mode: TextMode, limit: Int?) -> [Unicode.Scalar] {
    let text = transformed(files.flatMap(file), mode)
    return limit.map { Array(text.prefix($0)) } ?? text
  }

  private static func file(_ bytes: [UInt8]) -> [Unicode.Scalar] {
    var text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    if text.first == "\u{FEFF}" { text.removeFirst() }
    return text.indices.compactMap { index in
      guard text[index] == "\r" else { return text[index] }
      return index + 1 < text.count && text[index + 1] == "\n" ? nil : "\n"
    }
  }

  private static func transformed(
    _ text: [Unicode.Scalar], _ mode: TextMode
  ) -> [Unicode.Scalar] {
    switch mode {
    case .raw: text
    case .flat: text.map { $0 == "\n" ? " " : $0 }
    case .letters:
      text.split(separator: "\n").flatMap { line in
        line.split { !("a"..."z").contains($0) && !("A"..."Z").contains($0) }
          .map { String(String.UnicodeScalarView($0)).lowercased() }
          .joined(separator: " ").unicodeScalars
      }
    }
  }
}

@Suite struct CorpusReaderTests {
  /// Characters that something is done to, and some of each length.
  private static let alphabet: [Unicode.Scalar] = [
    "a", "b", "Z", "\r", "\n", "\r", "\n", " ", ".", "\u{FEFF}", "\u{0}", "é", "漢", "\u{1F600}",
  ]

  private func file(_ length: Int, _ generator: inout RandomGenerator) -> [UInt8] {
    let text = (0..<length).map { _ in
      Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &generator)]
    }
    return Array(String(String.UnicodeScalarView(text)).utf8)
  }

  private func corpus(_ files: [[UInt8]]) -> Corpus {
    files.reduce(into: Corpus(utf8: [], source: "")) { corpus, bytes in
      if corpus.sources == [.bytes([], name: "")] {
        corpus = Corpus(utf8: bytes, source: "text")
      } else {
        corpus.append(Corpus(utf8: bytes, source: "text"))
      }
    }
  }

  @Test(arguments: TextMode.allCases, 1...8)
  func whereverPiecesEndTheTextIsThatOfTheWholeString(_ mode: TextMode, _ pieceSize: Int) throws {
    var generator = RandomGenerator(seed: UInt64(pieceSize))
    for length in 2..<40 {
      let files = [file(length, &generator), file(5, &generator) + [0x61]]
      // A file without a character is no file.
      let whole = [[0x61] + files[0], files[1]]
      for limit in [nil, 0, 1, length / 2, length] {
        #expect(
          try corpus(whole).characters(mode, limit: limit, pieceSize: pieceSize)
            == Naive.characters(whole, mode, limit: limit))
      }
    }
  }

  @Test(arguments: TextMode.allCases)
  func aByteOrderMarkGoesAtTheStartOfEachFileOnce(_ mode: TextMode) throws {
    let files = ["\u{FEFF}one\n", "\u{FEFF}\u{FEFF}two", "\u{FEFF}\nthree\u{FEFF}"]
      .map { Array($0.utf8) }
    for pieceSize in 1...9 {
      #expect(
        try corpus(files).characters(mode, pieceSize: pieceSize)
          == Naive.characters(files, mode, limit: nil))
    }
    let raw = try corpus(files).characters(.raw)
    #expect(raw.filter { $0 == "\u{FEFF}" }.count == 2)
  }

  @Test func aPairOfReturnAndLineFeedIsTwoLineEndsInTwoFiles() throws {
    let files = ["a\r", "\nb"].map { Array($0.utf8) }
    #expect(try corpus(files).characters() == ["a", "\n", "\n", "b"])
  }

  @Test func aStringKeepsItsByteOrderMark() throws {
    #expect(try Corpus("\u{FEFF}a").characters() == ["\u{FEFF}", "a"])
  }

  @Test(arguments: [
    ([0xFF], 0), ([0x80], 0), ([0xC3], 0), ([0xE6, 0xBC], 0), ([0xF0, 0x9F, 0x98], 0),
    ([0xE6, 0x61], 0), ([0xE6, 0xBC, 0xA2, 0xED, 0xA0, 0x80], 3), ([0x0D, 0x0A, 0xC0, 0x80], 2),
  ])
  func invalidUTF8IsNamedByItsOffsetWhereverPiecesEnd(_ end: [UInt8], _ offset: Int) {
    for start in ["a", "é漢\u{1F600}", "\u{FEFF}abcdefg\r\n"] {
      let bytes = Array(start.utf8) + end
      for pieceSize in 1...bytes.count {
        #expect(
          throws: CorpusError.invalidUTF8(source: "text", offset: start.utf8.count + offset)
        ) {
          try corpus([bytes]).characters(pieceSize: pieceSize)
        }
      }
    }
  }

  @Test func nothingIsReadBehindTheLimit() throws {
    let folder = try TemporaryFolder()
    try folder.write([0x61, 0x62, 0xFF], to: "a.txt")
    try folder.write("", to: "b.txt")
    let corpus = try Corpus(paths: [folder.path])
    #expect(try corpus.characters(limit: 2) == ["a", "b"])
    let path = folder.file("a.txt")
    #expect(throws: CorpusError.invalidUTF8(source: path, offset: 2)) {
      try corpus.characters(limit: 3)
    }
  }

  /// Of 256 and of 65,536 different characters the last still fits.
  @Test(arguments: [256, 257, 65_536, 65_537])
  func idsAreAsWideAsTheVocabularyNeeds(_ distinct: Int) throws {
    let scalars = (0x1_0000..<UInt32(0x1_0000 + distinct)).compactMap(Unicode.Scalar.init)
    let text = String(
      String.UnicodeScalarView("ab".unicodeScalars + scalars.dropFirst(2) + "ab".unicodeScalars))
    let (tokens, vocabulary) = try Corpus(text).read(.raw).numbered()
    #expect(vocabulary.count == distinct)
    #expect(tokens.byteCount == (distinct + 2) * (distinct <= 256 ? 1 : distinct <= 65_536 ? 2 : 4))
    #expect(tokens.suffix(4).elementsEqual([Int32(distinct) - 2, Int32(distinct) - 1, 0, 1]))
    #expect(tokens.prefix(4).elementsEqual([0, 1, 2, 3]))
  }

  @Test func aPipeIsReadToItsEnd() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let text = String(repeating: "ab漢\r\n", count: 40_000)
    let writer = Thread { try? text.write(toFile: path, atomically: false, encoding: .utf8) }
    writer.start()
    let characters = try Corpus(paths: [path]).characters()
    #expect(characters == Array(text.replacing("\r\n", with: "\n").unicodeScalars))
  }

  @Test func aFileThatNoMemoryCanHoldIsRefusedBeforeItIsRead() throws {
    let folder = try TemporaryFolder()
    try folder.write("a", to: "sparse")
    let path = folder.file("sparse")
    try #require(truncate(path, 1 << 42) == 0)
    #expect(throws: InsufficientMemory.self) { try Corpus(paths: [path]).characters() }
    #expect(try Corpus(paths: [path]).characters(limit: 2) == ["a", "\u{0}"])
  }
}

@Suite struct CorpusTextTests {
  @Test func theVocabularyRisesWhateverTheOrderOfTheText() throws {
    let (tokens, vocabulary) = try Corpus("zebra 漢\u{1F600}").read(.raw).numbered()
    #expect(vocabulary.tokens == [" ", "a", "b", "e", "r", "z", "漢", "\u{1F600}"])
    #expect(Array(tokens) == [5, 3, 2, 4, 1, 0, 6, 7])
  }

  @Test func underLettersNumbersBeginAfterTheUnknown() throws {
    let (tokens, vocabulary) = try Corpus("Ba").read(.letters).numbered()
    #expect(vocabulary.tokens == ["<unk>", "a", "b"])
    #expect(Array(tokens) == [2, 1])
  }

  /// As if it were read by itself: a line of letters does not go on in it, and no limit cuts it.
  @Test(arguments: TextMode.allCases)
  func aHeldOutTextFollowsWhole(_ mode: TextMode) throws {
    let heldOut = Corpus("\u{FEFF}end, \n the")
    for (text, limit) in [("One two ", nil), ("One two three", 7)] {
      let both = try Corpus(text).read(mode, limit: limit, heldOut: heldOut)
      let (count, heldOutCount) = (both.count, both.heldOutCount)
      let (tokens, vocabulary) = try both.numbered()
      let expected = try [(Corpus(text), limit), (heldOut, nil)].map { corpus, limit in
        try corpus.read(mode, limit: limit).numbered(by: vocabulary)
      }
      #expect(Array(tokens) == expected.flatMap { Array($0) })
      #expect((count, heldOutCount) == (tokens.count, expected[1].count))
    }
    #expect(try Corpus("a").read(mode).heldOutCount == 0)
  }

  @Test func unknownCharactersAreNamedOnceInTheOrderOfTheText() throws {
    let vocabulary = try Vocabulary(tokens: ["a", "b"])
    #expect(throws: VocabularyError.unknown(["z", "\u{301}", "é", "\u{1F600}"])) {
      _ = try Corpus("azb\u{301}éz\u{1F600}\u{301}").read(.raw).numbered(by: vocabulary)
    }
  }

  @Test func unknownCharactersAreSkippedAndCounted() throws {
    let vocabulary = try Vocabulary(tokens: ["b", "a"])
    let (tokens, skipped) = try Corpus("xabyxa").read(.raw).numberedSkippingUnknown(by: vocabulary)
    #expect(Array(tokens) == [1, 0, 1])
    #expect(skipped == 3)
  }

  /// A search through those already found would take minutes.
  @Test(.timeLimit(.minutes(1))) func manyUnknownCharactersAreFoundInLinearTime() throws {
    let scalars = (0x1_0000..<UInt32(0x1_0000 + 60_000)).compactMap(Unicode.Scalar.init)
    let vocabulary = try Vocabulary(tokens: ["a"])
    let text = String(String.UnicodeScalarView(scalars))
    #expect(throws: VocabularyError.unknown(scalars)) {
      _ = try Corpus(text).read(.raw).numbered(by: vocabulary)
    }
    #expect(throws: VocabularyError.unknown(scalars)) { try vocabulary.encode(scalars) }
  }

  @Test func eachSourceIsKnownByItsFirstCharacter() throws {
    let folder = try TemporaryFolder()
    try "\u{feff}ab\r\nc".write(toFile: folder.file("a.txt"), atomically: true, encoding: .utf8)
    try "d\n".write(toFile: folder.file("b.txt"), atomically: true, encoding: .utf8)
    let corpus = try Corpus(paths: [folder.file("a.txt"), folder.file("b.txt")])
    #expect(
      try corpus.read(.raw).sources == [
        TextSource(name: folder.file("a.txt"), start: 0),
        TextSource(name: folder.file("b.txt"), start: 4),
      ])
  }
}
