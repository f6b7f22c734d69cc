import Testing

@testable import RecurrentLM

@Suite struct TokensTests {
  @Test(arguments: [
    ([], 0), ([0, 255, 7], 3), ([0, 256, 7], 6), ([65_535, 0], 4), ([1, 65_536, 2], 12),
    ([.max, 0], 8),
  ])
  func idsTakeAsManyBytesAsTheLargestNeeds(_ ids: [Int32], _ bytes: Int) throws {
    let tokens = try Tokens(ids)
    #expect(Array(tokens) == ids)
    #expect(tokens.byteCount == bytes)
    #expect(tokens.max() == ids.max())
  }

  /// At the beginning, in the middle, at the end.
  @Test(arguments: [0, 1, 777, 1_499], [256, 65_535, 65_536, 1_114_111] as [Int32])
  func idsStayWhenTheyBecomeWider(_ place: Int, _ id: Int32) throws {
    var ids = randomText(1_500, vocabularySize: 256)
    ids[place] = id
    #expect(try Array(Tokens(ids)) == ids)
  }

  @Test func idsBecomeWiderTwice() throws {
    let ids = randomText(300, vocabularySize: 256) + [256, 3, 65_536, 4]
    #expect(try Array(Tokens(ids)) == ids)
  }

  @Test func tokensAreACollection() throws {
    let tokens = try Tokens([5, 6, 7, 8])
    #expect(Array(tokens.dropFirst().prefix(2)) == [6, 7])
    #expect(Array(tokens.reversed()) == [8, 7, 6, 5])
    #expect(try tokens == Tokens([5, 6, 7, 8]))
    #expect(try tokens != Tokens([5, 6, 7]))
  }

  @Test func theFingerprintIsThatOfTheNumbers() throws {
    for size in [200, 300, 70_000] {
      let ids = randomText(500, vocabularySize: size)
      #expect(try TextFingerprint(Tokens(ids)) == TextFingerprint(ids))
    }
  }

  @Test func aModelKnowsTheNumbersBelowTheSizeOfItsVocabulary() throws {
    let model = try LanguageModel(Architecture(.rnn, layers: 1, hidden: 1), vocabularySize: 7)
    #expect(try model.knows(Tokens([0, 6])))
    #expect(try model.knows(Tokens([])))
    #expect(try !model.knows(Tokens([0, 7])))
    #expect(try !model.knows(Tokens([300])))
  }
}

@Suite struct TokenStorageTests {
  private func storage(_ ids: [Int32]) throws -> TokenStorage {
    let storage = try TokenStorage()
    for id in ids { try storage.append(id) }
    return storage
  }

  /// From each width to each other, with and without ids that are left out.
  @Test(arguments: [200, 300, 70_000], [200, 300, 70_000])
  func renumberingReplacesEachIDByItsEntry(_ old: Int, _ new: Int) throws {
    let ids = randomText(2_000, vocabularySize: old, seed: 1) + [Int32(old) - 1]
    var table = randomText(old, vocabularySize: new, seed: 2)
    for omission in [1, 3] {
      for index in table.indices where index % omission == 1 { table[index] = TokenStorage.absent }
      let storage = try storage(ids)
      try storage.renumber(by: table, count: new)
      let expected = ids.map { table[Int($0)] }.filter { $0 >= 0 }
      #expect(Array(Tokens(storage)) == expected)
      #expect(storage.width == TokenWidth(ids: new))
    }
  }

  @Test func moreThanTheMemoryThereIsIsRefused() throws {
    let storage = try storage([1, 2, 3])
    for size in [1 << 50, .max] {
      #expect(throws: InsufficientMemory.self) { try storage.reserve(size) }
    }
    #expect(Array(Tokens(storage)) == [1, 2, 3])
  }

  @Test func aRunEndsBeforeAByteWithoutAnID() throws {
    var table = [Int32](repeating: TokenStorage.absent, count: 256)
    for (id, byte) in "abc".utf8.enumerated() { table[Int(byte)] = Int32(id) }
    for width in [1, 300, 70_000] as [Int32] {
      let storage = try storage([width - 1])
      let length = Array("abcaxa".utf8).withUnsafeBufferPointer {
        storage.appendRun(of: $0[1...], table, most: 9)
      }
      #expect(length == 3)
      #expect(Array(Tokens(storage)) == [width - 1, 1, 2, 0])
    }
  }

  @Test(arguments: [0, 2])
  func aRunIsNoLongerThanAsked(_ most: Int) throws {
    let storage = try TokenStorage()
    let length = [UInt8](repeating: 0, count: 9).withUnsafeBufferPointer {
      storage.appendRun(of: $0[...], [Int32](repeating: 5, count: 256), most: most)
    }
    #expect(length == most)
    #expect(Array(Tokens(storage)) == Array(repeating: 5, count: most))
  }

  @Test(arguments: [200, 1_000, 100_000])
  func aPartHasItsCharactersAndNoMore(_ largest: Int32) throws {
    let ids = [3, largest, 1, 4, largest - 1]
    let tokens = try Tokens(ids)
    for range in [0..<5, 1..<3, 2..<2, 5..<5] {
      #expect(Array(tokens[range]) == Array(ids[range]))
      #expect(tokens[range].max() == ids[range].max())
    }
    #expect(Array(tokens[1..<4][1..<3]) == Array(ids[2..<4]))
  }
}
