import Foundation
import Testing

@testable import CharnnCommands

@Suite struct PredictTests {
  @Test(arguments: [
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
    (
      ["--fill", "a_", "--confidence"],
      "--fill looks for the most probable characters; --confidence has no meaning there"
    ),
    (
      ["the", "--alternatives", "2", "--beam", "3"],
      "--alternatives shows characters as they are drawn one by one, which --beam does not; leave out "
        + "one of them"
    ),
    (["--interactive", "the"], "--interactive asks for texts; leave out PREFIX 'the'"),
    (
      ["--interactive", "--count", "2"],
      "--interactive writes one text after each line; leave out --count"
    ),
    (
      ["- He said \"no"],
      "'- He said \"no' looks like an option, and is none; after -- a word may begin with a dash: "
        + "charnn predict -- '- He said \"no'"
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

  /// More texts than are generated at a time.
  @Test func textsSideBySideAreThoseOfTheirSeeds() throws {
    let folder = try Workspace()
    func texts(_ words: String...) throws -> [String] {
      let outcome = charnn(
        ["predict", "the", "--model", folder.model, "--temperature", "1", "--json"] + words)
      return try outcome.objects().compactMap { $0["text"] as? String }
    }
    let together = try texts("--count", "70", "--length", "9", "--seed", "5")
    #expect(together.count == 70 && Set(together).count > 60)
    for index in [0, 1, 63, 64, 69] {
      #expect(try texts("--length", "9", "--seed", "\(5 + index)") == [together[index]])
    }
    // One after another where each character is shown.
    #expect(
      try texts("--count", "3", "--length", "9", "--seed", "5", "--confidence")
        == Array(together[..<3]))
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

  @Test func optionsThatDoNothingWhereNothingIsDrawnAreSaid() throws {
    let folder = try Workspace()
    let outcome = folder.onModel(
      "predict", "the", "--seed", "3", "--top-k", "2", "--count", "2", "--length", "2")
    #expect(
      outcome.messages == """
        warning: nothing is drawn at random here, so --top-k, --seed change nothing; --temperature \
        0.8, say, draws
        warning: nothing is drawn at random here, so all 2 texts are the same; --temperature 0.8, \
        say, draws

        """)
    let drawing = folder.onModel(
      "predict", "the", "--seed", "3", "--top-k", "2", "--count", "2", "--temperature", "1")
    #expect(drawing.messages.isEmpty)
    let search = folder.onModel("predict", "the", "--seed", "3", "--beam", "2")
    #expect(
      search.messages == "warning: nothing is drawn at random here, so --seed changes nothing\n")
  }

  @Test func aLineOfTwoDashesStandsBetweenTexts() throws {
    let folder = try Workspace()
    let words = ["predict", "--model", folder.model, "the", "--temperature", "1", "--count", "3"]
    let texts = try charnn(words + ["--json"]).objects().compactMap { $0["text"] as? String }
    #expect(charnn(words).output == texts.joined(separator: "\n--\n") + "\n")
  }

  @Test func withoutAPrefixTheTextBeginsAsALineDoes() throws {
    let folder = try Workspace()
    let outcome = folder.onModel("predict", "--length", "9")
    #expect((outcome.code, outcome.messages) == (.done, ""))
    #expect(
      "\n" + outcome.output
        == folder.onModel("predict", "--escapes", "\\n", "--length", "9").output)
    let object = try #require(
      try folder.onModel("predict", "--length", "9", "--json").objects().first)
    #expect(object["prompt"] as? String == "")
    #expect("\(object["text"] ?? "")\n" == outcome.output)
    #expect(
      folder.onModel("predict", "--length", "9", "--beam", "1").output == outcome.output)

    _ = folder.train("--text", "letters", "--overwrite")
    #expect(
      " " + folder.onModel("predict", "--length", "9").output
        == folder.onModel("predict", " ", "--length", "9").output)
  }

  @Test func aModelWithoutLineFeedAndSpaceNeedsAPrefix() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(String(repeating: "abcde", count: 200), to: "text.txt")
    _ = folder.train()
    let outcome = folder.onModel("predict")
    #expect((outcome.code, outcome.output) == (.usage, ""))
    #expect(outcome.messages.hasPrefix("charnn: a PREFIX is needed: the model knows neither"))
  }

  // MARK: Probabilities

  /// What `eval` finds, a second way to the same probabilities.
  @Test func theProbabilitiesAreThoseThatEvalFinds() throws {
    let folder = try Workspace()
    let words = [
      "predict", "--model", folder.model, "the fox", "--length", "12", "--temperature", "2",
      "--top-k", "5",
    ]
    let object = try #require(try charnn(words + ["--confidence", "--json"]).objects().first)
    let probabilities = try #require(object["probabilities"] as? [Double])
    let text = try #require(object["text"] as? String)
    let surprisals = folder.onModel("eval", "--string", text, "--chars").output
      .split(separator: "\n").compactMap { $0.split(separator: "\t").last.flatMap { Double($0) } }
    #expect(probabilities.count == 12)
    for (probability, bits) in zip(probabilities, surprisals.dropFirst(6)) {
      #expect(abs(-log2(probability) - bits) < 1e-3)
    }
    let rows = charnn(words + ["--confidence"]).output.split(separator: "\n")
    #expect(
      rows.map(String.init)
        == zip(text.dropFirst(7), probabilities).map {
          "\(escaped(String($0)))\t\(fixed($1, decimals: 6))"
        })
  }

  @Test func alternativesAreTheMostProbableOthers() throws {
    let folder = try Workspace()
    let words = [
      "predict", "--model", folder.model, "the", "--length", "8", "--temperature", "1",
      "--alternatives", "27", "--confidence",
    ]
    let object = try #require(try charnn(words + ["--json"]).objects().first)
    let generated = try #require(object["text"] as? String).dropFirst(3)
    let probabilities = try #require(object["probabilities"] as? [Double])
    let alternatives = try #require(object["alternatives"] as? [[[String: any Sendable]]])
    #expect((probabilities.count, alternatives.count) == (8, 8))
    for ((character, probability), others) in zip(zip(generated, probabilities), alternatives) {
      let names = others.compactMap { $0["character"] as? String }
      let numbers = others.compactMap { $0["probability"] as? Double }
      // With the character itself all 28 of the vocabulary.
      #expect(Set(names + [String(character)]).count == 28)
      #expect(numbers == numbers.sorted(by: >))
      #expect(abs(numbers.reduce(probability, +) - 1) < 1e-9)
    }
    let row = try #require(charnn(words).output.split(separator: "\n").first)
    #expect(row.split(separator: "\t").count == 2 * 28)
  }

  @Test func onATerminalTheLessProbableIsTheRedder() throws {
    let folder = try Workspace()
    let transcript = Transcript()
    var abilities = ConsoleAbilities()
    (abilities.outputIsTerminal, abilities.colors) = (true, true)
    let words = [
      "predict", "--model", folder.model, "the", "--length", "3", "--temperature", "1",
      "--confidence",
    ]
    #expect(run(words, transcript.console(abilities)) == .done)
    let object = try #require(try charnn(words + ["--json"]).objects().first)
    var expected = StyledText("the", .bold)
    let characters = try #require(object["text"] as? String).dropFirst(3)
    for (character, probability) in zip(
      characters, try #require(object["probabilities"] as? [Double]))
    {
      expected.append(String(character), .shade(Shade(probability: probability)))
    }
    #expect(removingStyles(transcript.output) == expected.plain + "\n")
    #expect(transcript.output.contains("\u{1b}[1mthe"))
    #expect(transcript.output.contains("48;5;"))
  }

  private func removingStyles(_ text: String) -> String {
    text.replacing(/\x1b\[[0-9;]*m/, with: "")
  }

  @Test(arguments: [20, 40, 80, 200])
  func rowsOfAlternativesFitTheTerminal(_ width: Int) throws {
    let folder = try Workspace()
    let transcript = Transcript()
    var abilities = ConsoleAbilities()
    abilities.outputIsTerminal = true
    abilities.columns = { width }
    _ = run(
      ["predict", "--model", folder.model, "the", "--length", "9", "--alternatives", "27"],
      transcript.console(abilities))
    let lines = transcript.output.split(separator: "\n")
    #expect((lines.count, lines.first) == (10, "the"))
    for line in lines.dropFirst() {
      #expect(columns(of: String(line)) < width)
      #expect(columns(of: String(line)) > width - 13)
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
