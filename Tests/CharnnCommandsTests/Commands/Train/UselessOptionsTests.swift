import Testing

@testable import CharnnCommands

@Suite struct UselessOptionsTests {
  private func useless(_ words: String..., isValidated: Bool = false) throws -> [String] {
    let train = try #require(try Train.parse(words))
    return train.uselessOptions(train.configuration, isValidated: isValidated)
  }

  @Test func whatDoesNothingIsSaidWithTheReason() throws {
    #expect(
      try useless("--activation", "relu") == [
        "--activation does nothing here: it is for --cell rnn"
      ])
    #expect(
      try useless("--cell", "gru", "--forget-bias", "1") == [
        "--forget-bias does nothing here: it is for --cell lstm"
      ])
    #expect(try useless("--keep", "last", "--patience", "3").count == 2)
    #expect(try useless("--sampling", "random", "--offset", "zero").count == 1)
    #expect(try useless("--prompt", "a", "--sample-every", "0").count == 1)
  }

  @Test func whatDoesSomethingIsNotSaid() throws {
    #expect(try useless().isEmpty)
    #expect(try useless("--cell", "rnn", "--activation", "relu", "--prompt", "a").isEmpty)
    #expect(try useless("--cell", "gru", "--gru-reset", "before").isEmpty)
    #expect(try useless("--forget-bias", "1", "--offset", "zero").isEmpty)
    #expect(try useless("--keep", "last", "--patience", "3", isValidated: true).isEmpty)
  }
}
