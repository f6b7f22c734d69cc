import Testing

@testable import CharnnCommands

@Suite struct PredictTests {
  @Test(arguments: [
    ([], "a PREFIX is needed, such as \"the time traveller\""),
    (["the", "time"], "one PREFIX, found also 'time'; quote a prefix that has spaces"),
    (
      ["--escapes", "a\\x"],
      "--escapes knows \\n, \\t, \\r, \\\\ and \\u{HEX}; found 'a\\x'"
    ),
    (
      ["--escapes", "--stop", "\\", "a"],
      "--escapes knows \\n, \\t, \\r, \\\\ and \\u{HEX}; found '\\'"
    ),
    (["--fill", "a_", "the"], "--fill and PREFIX 'the' are both given; give one"),
    (
      ["--fill", "a_", "--temperature", "1"],
      "--fill looks for the most probable characters; --temperature has no meaning there"
    ),
  ])
  func aPrefixThatCannotBeUnderstoodIsRefused(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message, command: "predict")) { try Predict.parse(words) }
  }

  @Test(arguments: [
    ["--temperature", "0.5"], ["--top-k", "3"], ["--top-p", "0.5"], ["--min-p", "0.5"],
    ["--count", "2"],
  ])
  func aSearchForTheMostProbableTextDrawsNothing(_ words: [String]) throws {
    let message =
      "--beam looks for the most probable text, of which there is one; leave out \(words[0]), or "
      + "--beam"
    #expect(throws: UsageError(message, command: "predict")) {
      try Predict.parse(["the", "--beam", "2"] + words)
    }
    let command = try #require(
      try Predict.parse(["the", "--beam", "2", "--temperature", "0", "--count", "1"]))
    #expect(command.beam == 2)
  }

  @Test func escapesAreReadOnlyWhereAskedFor() throws {
    let words = ["a\\n\\u{6f22}", "--stop", "\\t"]
    let plain = try #require(try Predict.parse(words))
    #expect((plain.prefix, plain.stop) == ("a\\n\\u{6f22}", "\\t"))
    let escaped = try #require(try Predict.parse(words + ["--escapes"]))
    #expect((escaped.prefix, escaped.stop) == ("a\n漢", "\t"))
    let fill = try #require(try Predict.parse(["--fill", "_\\n", "--escapes"]))
    #expect(fill.fill == "_\n")
  }

  @Test(arguments: [0, 1, 20])
  func thePrefixAndAsManyCharactersAsAskedArePrinted(_ length: Int) throws {
    let outcome = try Workspace().onModel("predict", "the fox", "--length", "\(length)")
    #expect(outcome.code == .done)
    #expect(outcome.messages.isEmpty)
    #expect(outcome.output.hasPrefix("the fox"))
    #expect(outcome.output.hasSuffix("\n"))
    #expect(outcome.output.unicodeScalars.count == 7 + length + 1)
  }

  @Test func byDefaultFiftyCharactersAreGeneratedGreedily() throws {
    let folder = try Workspace()
    let (one, other) = (
      folder.onModel("predict", "the "), folder.onModel("predict", "the ", "--seed", "9")
    )
    #expect(one.output.count == 4 + 50 + 1)
    #expect(one.output == other.output)
  }

  @Test func asJSONATextHasTheKeysOfTheContract() throws {
    let folder = try Workspace()
    let plain = folder.onModel("predict", "the fox", "--length", "9")
    let object = try #require(
      try folder.onModel("predict", "the fox", "--length", "9", "--json").objects().first)
    #expect(Set(object.keys) == ["prompt", "text", "characters", "seconds"])
    #expect(object["prompt"] as? String == "the fox")
    #expect("\(try #require(object["text"] as? String))\n" == plain.output)
    #expect(object["characters"] as? Int == 9)
    #expect(try #require(object["seconds"] as? Double) >= 0)
  }

  @Test func aSeedDecidesWhatIsDrawn() throws {
    let folder = try Workspace()
    func texts(seed: String) throws -> [String] {
      try folder.onModel(
        "predict", "the", "--temperature", "1", "--count", "3", "--json", "--seed", seed
      ).objects().compactMap { $0["text"] as? String }
    }
    let one = try texts(seed: "1")
    #expect(Set(one).count == 3)
    #expect(try texts(seed: "1") == one)
    #expect(try texts(seed: "2") != one)
  }

  @Test func theTightestLimitsLeaveTheMostProbableCharacter() throws {
    let folder = try Workspace()
    let greedy = folder.onModel("predict", "the")
    for limit in [["--top-k", "1"], ["--top-p", "1e-9"], ["--min-p", "1"]] {
      let words = ["predict", "--model", folder.model, "the", "--temperature", "2"]
      #expect(charnn(words + limit).output == greedy.output)
      #expect(charnn(words).output != greedy.output)
    }
  }

  // MARK: Beam search

  @Test func aBeamOfOneIsTheMostProbableCharacterEachTime() throws {
    let folder = try Workspace()
    for stop in [[], ["--stop", "e"]] {
      let words = ["predict", "--model", folder.model, "fox "] + stop
      #expect(charnn(words + ["--beam", "1"]).output == charnn(words).output)
    }
  }

  @Test func theTextThatABeamFindsIsAsProbableAsItSays() throws {
    let folder = try Workspace()
    func found(_ width: String) throws -> (text: String, logProbability: Double) {
      let outcome = folder.onModel(
        "predict", "the", "--length", "12", "--beam", width, "--json")
      #expect((outcome.code, outcome.messages) == (.done, ""))
      let object = try #require(try outcome.objects().first)
      #expect(
        Set(object.keys) == ["prompt", "text", "characters", "log_probability", "seconds"])
      #expect(object["characters"] as? Int == 12)
      return (
        try #require(object["text"] as? String), try #require(object["log_probability"] as? Double)
      )
    }
    let (greedy, wide) = (try found("1"), try found("8"))
    // Two ways to compute the same may differ by rounding.
    #expect(wide.logProbability > greedy.logProbability - 1e-3)
    let plain = folder.onModel("predict", "the", "--length", "12", "--beam", "8")
    #expect(plain.output == wide.text + "\n")

    // What eval adds up over the text, without the prefix.
    func loss(_ text: String) throws -> Double {
      let object = try #require(
        try folder.onModel("eval", "--string", text, "--json").objects().first)
      let characters = try #require(object["characters"] as? Int)
      return try #require(object["loss"] as? Double) * Double(characters)
    }
    #expect(abs(try loss(wide.text) - loss("the") + wide.logProbability) < 1e-4)
  }

  @Test func aBeamThatTakesTooMuchMemoryIsRefused() throws {
    let outcome = try Workspace().onModel(
      "predict", "the", "--beam", "1024", "--length", "1000000000")
    #expect(outcome.code == .badData)
    #expect(outcome.messages.contains("; lower --beam, --length"))
  }

  @Test func generationEndsWithTheTextToStopAt() throws {
    let folder = try Workspace()
    func text(_ words: String...) throws -> String {
      let words =
        ["predict", "--model", folder.model, "fox", "--temperature", "1", "--json"] + words
      return try #require(try charnn(words).objects().first?["text"] as? String)
    }
    let whole = try text()
    let stop = String(whole.dropFirst(8).prefix(2))
    let end = try #require(whole.dropFirst(3).firstRange(of: stop)).upperBound
    #expect(try text("--stop", stop) == whole[..<end])
  }

  @Test func unknownCharactersAreAnErrorOrSkipped() throws {
    let folder = try Workspace()
    let refused = folder.onModel("predict", "The fox!")
    #expect(refused.code == .badData)
    #expect(refused.output.isEmpty)
    #expect(refused.messages.contains("does not know 'T' (U+0054), '!' (U+0021);"))
    let skipped = folder.onModel("predict", "The fox!", "--unknown", "skip", "--length", "0")
    #expect(skipped.output == "he fox\n")
  }

  @Test(arguments: [["!", "--unknown", "skip"], [""]])
  func aPrefixWithoutACharacterIsRefused(_ words: [String]) throws {
    let folder = try Workspace()
    let outcome = charnn(["predict", "--model", folder.model] + words)
    #expect(outcome.code == .badData)
    #expect(outcome.messages == "charnn: the prefix has no character that the model knows\n")
  }

  @Test func anUnknownCharacterToStopAtIsNamedWithItsOption() throws {
    let outcome = try Workspace().onModel("predict", "the", "--stop", "!")
    #expect(outcome.code == .badData)
    #expect(outcome.messages.contains("'!' (U+0021)"))
    #expect(outcome.messages.contains("--stop"))
  }

  @Test func aBidirectionalModelComesWithALineOnWhyItRepeatsItself() throws {
    let folder = try Workspace(hasModel: false)
    _ = folder.train("--bidirectional")
    let outcome = folder.onModel("predict", "the", "--length", "3")
    #expect(outcome.code == .done)
    #expect(outcome.output.count == 3 + 3 + 1)
    #expect(
      outcome.messages == """
        note: a bidirectional model has seen each character that it was trained to predict, so \
        what follows here repeats itself

        """)
  }

  // MARK: Filling gaps

  @Test func gapsAreFilledAndNothingElseChanges() throws {
    let folder = try Workspace(hasModel: false)
    #expect(folder.train("--objective", "cloze").code == .done)
    let outcome = folder.onModel("predict", "--fill", "the q__ck f_x")
    #expect((outcome.code, outcome.messages) == (.done, ""))
    #expect(outcome.output.wholeMatch(of: /the q[a-z ]{2}ck f[a-z ]x\n/) != nil)

    let object = try #require(
      try folder.onModel("predict", "--fill", "the q__ck f_x", "--json").objects().first)
    #expect(
      Set(object.keys) == [
        "prompt", "text", "characters", "loss", "pseudo_perplexity", "seconds",
      ])
    let text = try #require(object["text"] as? String)
    #expect(object["prompt"] as? String == "the q__ck f_x")
    #expect(text + "\n" == outcome.output)
    #expect(object["characters"] as? Int == 3)

    // The loss is that of the filled text.
    let loss = try #require(object["loss"] as? Double)
    let measured = try #require(
      try folder.onModel("eval", "--string", text, "--json").objects().first?["loss"] as? Double)
    #expect(abs(loss - measured) < 1e-5)
  }

  @Test func theModelMustHaveBeenTrainedForWhatIsAskedOfIt() throws {
    let next = try Workspace()
    let cloze = try Workspace(hasModel: false)
    _ = cloze.train("--objective", "cloze")
    for (outcome, message) in [
      (next.onModel("predict", "--fill", "a_"), "'charnn train --objective cloze' makes one"),
      (cloze.onModel("predict", "a"), "give --fill \"a text with g_ps\""),
    ] {
      #expect(outcome.code == .badData)
      #expect(outcome.messages.contains(message))
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func unknownCharactersBetweenGapsAreAnErrorOrSkipped() throws {
    let folder = try Workspace(hasModel: false)
    _ = folder.train("--objective", "cloze")
    let refused = folder.onModel("predict", "--fill", "T_e")
    #expect((refused.code, refused.output) == (.badData, ""))
    #expect(refused.messages.contains("does not know 'T' (U+0054);"))
    let skipped = folder.onModel("predict", "--fill", "T_e", "--unknown", "skip")
    #expect(skipped.output.wholeMatch(of: /[a-z \n]e\n/) != nil)
    let empty = folder.onModel("predict", "--fill", "T", "--unknown", "skip")
    #expect(empty.code == .badData)
    #expect(empty.messages.contains("--fill has no gap and no character"))
  }

  @Test func outputThatCannotBeWrittenIsAnInputOutputError() throws {
    let folder = try Workspace()
    #expect(run(["predict", "--model", folder.model, "the"], fullConsole()) == .inputOutput)
  }
}
