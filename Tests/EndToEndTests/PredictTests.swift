import Testing

@Suite(.timeLimit(.minutes(5))) struct PredictTests {
  @Test func thePrefixAndFiftyCharactersArePrinted() throws {
    let outcome = try Shell.withModel().run("charnn predict 'the fox'")
    #expect(outcome.output.hasPrefix("the fox"))
    #expect(outcome.output.hasSuffix("\n"))
    #expect(outcome.output.unicodeScalars.count == 7 + 50 + 1)
    #expect(outcome.messages.isEmpty)
  }

  @Test(arguments: [
    ("printf 'the fox\\n' | charnn predict -", "charnn predict 'the fox'"),
    ("printf 'the fox' | charnn predict -", "charnn predict 'the fox'"),
    ("charnn predict --escapes 'fox\\nthe'", "printf 'fox\\nthe' | charnn predict -"),
    ("charnn predict -- fox", "charnn predict fox"),
    ("charnn predict fox --temperature=1 --seed 1", "charnn predict --temperature 1 fox"),
    ("charnn predict --unknown skip 'F*fox'", "charnn predict fox"),
    ("CHARNN_MODEL=m charnn predict fox", "charnn predict --model m fox"),
    (
      "CHARNN_MODEL=none charnn predict --model charnn.safetensors fox",
      "CHARNN_MODEL= charnn predict fox"
    ),
  ])
  func twoWaysToSayTheSamePrintTheSame(_ one: String, _ other: String) throws {
    let shell = try Shell.withModel()
    try shell.run("charnn train $TINY --seed 5 --cell gru --quiet --out m text.txt")
    let outcome = try shell.run(one)
    #expect(outcome.output.count > 50)
    #expect(try shell.run(other).output == outcome.output)
  }

  @Test func aBackslashWithoutEscapesIsACharacter() throws {
    let outcome = try Shell.withModel().run("charnn predict 'fox\\n'", expecting: 65)
    #expect(outcome.messages.contains(#"does not know '\\' (U+005C)"#))
  }

  @Test func aSeedDecidesWhatIsDrawn() throws {
    let shell = try Shell.withModel()
    func texts(_ options: String) throws -> [String] {
      try shell.run("charnn predict the --json --temperature 1 --count 3 \(options)").objects()
        .compactMap { $0["text"] as? String }
    }
    let drawn = try texts("--seed 7")
    #expect(drawn.count == 3)
    #expect(Set(drawn).count == 3)
    #expect(try texts("--seed 7") == drawn)
    #expect(try texts("--seed 8") != drawn)
  }

  @Test func generationEndsWithTheTextToStopAt() throws {
    let shell = try Shell.withModel()
    let predict = "charnn predict the --json --temperature 1 --length 90"
    let whole = try #require(try shell.run(predict).objects().first?["text"] as? String)
    let stop = try #require(whole.dropFirst(20).first { $0 != "\n" })
    let end = try #require(whole.dropFirst(3).firstIndex(of: stop))
    let stopped = try shell.run("\(predict) --stop '\(stop)'").objects().first
    #expect(stopped?["text"] as? String == String(whole[...end]))
    #expect(stopped?["characters"] as? Int == whole[...end].count - 3)
  }

  @Test func charactersArePrintedAsTheyAreMade() throws {
    // A billion characters would take days.
    let outcome = try Shell.withModel().run(
      "charnn predict the --length 1000000000 | head -c 20")
    #expect(outcome.output.count == 20)
  }

  @Test func aSessionReadsItsLinesFromAPipe() throws {
    let shell = try Shell.withModel()
    let outcome = try shell.run(
      "printf 'the fox\\r\\n:length 5\\n\\ndog' | charnn predict --interactive --length 7")
    #expect(outcome.messages.isEmpty)
    #expect(outcome.output.unicodeScalars.count == 7 + 1 + 5 + 1 + 5 + 1)
  }

  @Test func chineseIsPrintedInWholeCharacters() throws {
    let shell = try Shell()
    let text = try shell.run(
      "charnn train $TINY --quiet --text flat @lyrics_zh; charnn predict 绿皮 --temperature 1"
    ).output
    #expect(text.hasPrefix("绿皮"))
    #expect(text.unicodeScalars.count == 2 + 50 + 1)
    #expect(!text.contains("\u{FFFD}"))
    #expect(text.unicodeScalars.filter { ("\u{4E00}"..."\u{9FFF}").contains($0) }.count > 20)
  }
}
