import Testing

@testable import CharnnCommands

@Suite struct ParsingTests {
  /// What `Train` makes of the words, where they ask for no help.
  private func train(_ words: String...) throws -> Train { try #require(try Train.parse(words)) }

  @Test func aValueFollowsItsOptionOrAnEqualsSign() throws {
    for command in [
      try train("--layers", "3", "--out", "a=b"), try train("--layers=3", "--out=a=b"),
    ] {
      #expect(command.configuration.architecture.layers == 3)
      #expect(command.out == "a=b")
      #expect(command.corpus.isEmpty)
    }
  }

  @Test func wordsThatAreNoOptionsAreOperandsInTheirOrder() throws {
    let command = try train("one.txt", "--layers", "3", "-", "@lyrics_zh", "--json", "two.txt")
    #expect(command.corpus == ["one.txt", "-", "@lyrics_zh", "two.txt"])
    #expect(command.json)
  }

  @Test func twoDashesEndTheOptions() throws {
    #expect(try train("--json", "--", "--layers", "--", "-h").corpus == ["--layers", "--", "-h"])
    let predict = try #require(try Predict.parse(["--", "--help"]))
    #expect(predict.prefix == "--help")
  }

  @Test func aValueMayBeginWithADash() throws {
    #expect(try train("--forget-bias", "-1.5").configuration.training.forgetBias == -1.5)
    #expect(try train("--forget-bias=-1e-3").configuration.training.forgetBias == -0.001)
    #expect(try train("--prompt", "-", "--prompt", "--well").prompts == ["-", "--well"])
  }

  @Test func aRepeatedOptionCountsTheLastTimeAndPromptsAdd() throws {
    let command = try train(
      "--layers", "3", "--json", "--prompt", "a", "--layers=5", "--json", "--prompt=b")
    #expect(command.configuration.architecture.layers == 5)
    #expect(command.json)
    #expect(command.prompts == ["a", "b"])
  }

  @Test func givenOptionsAreKeptInOrder() throws {
    let given = try train("--layers", "3", "text", "--json", "--layers=4").given
    #expect(given.map(\.option.name) == ["layers", "json", "layers"])
    #expect(given.map(\.value) == ["3", "", "4"])
    #expect(given.contains(\.configuration.architecture.layers))
    #expect(given.contains(\.json))
    #expect(!given.contains(\.quiet))
  }

  @Test(arguments: [
    ["--help"], ["-h"], ["text.txt", "-h"], ["--layers", "zero", "--help"], ["--nonsense", "-h"],
    ["--layers", "--help"], ["-h", "--", "x"],
  ])
  func helpIsHeededAnywhereBeforeTheEndOfTheOptions(_ words: [String]) throws {
    #expect(try Train.parse(words) == nil)
  }

  @Test(arguments: [
    (["--layers"], "--layers needs a value: --layers N"),
    (["text", "--cell"], "--cell needs a value: --cell rnn|gru|lstm"),
    (["--layers", "--hidden", "8"], "--layers needs a value (N), found the option --hidden"),
    (["--out", "--json"], "--out needs a value (FILE), found the option --json"),
    (["--out", "--hidden=8"], "--out needs a value (FILE), found the option --hidden"),
    (["--layers="], "--layers takes a whole number from 1 to 256, found ''"),
    (["--json=yes"], "--json takes no value"),
    (["--layer", "2"], "unknown option --layer; did you mean --layers?"),
    (["--Hidden=2"], "unknown option --Hidden; did you mean --hidden?"),
    (["--hlep"], "unknown option --hlep; did you mean --help?"),
    (["--learning-rate", "1"], "unknown option --learning-rate; did you mean --lr?"),
    (["--batch_size=8"], "unknown option --batch_size; did you mean --batch?"),
    (["--seq-length"], "unknown option --seq-length; did you mean --steps?"),
    (["--dropout-rate"], "unknown option --dropout-rate; did you mean --dropout?"),
    (["--ep", "3"], "unknown option --ep; did you mean --epochs?"),
    (["--xyzzy-plugh"], "unknown option --xyzzy-plugh"),
    (["-x"], "unknown option -x"),
    (
      ["-5"],
      "\"-5\" looks like an option, and is none; after -- a word may begin with a dash: charnn train "
        + "-- \"-5\""
    ),
    (
      ["-- Is it?"],
      "\"-- Is it?\" looks like an option, and is none; after -- a word may begin with a dash: "
        + "charnn train -- \"-- Is it?\""
    ),
  ])
  func whatCannotBeUnderstoodIsNamed(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message, command: "train")) { try Train.parse(words) }
  }

  @Test func anErrorKnowsTheCommandWhoseHelpShowsTheWay() {
    #expect(
      throws: UsageError("unknown option --lenght; did you mean --length?", command: "predict")
    ) { try Predict.parse(["--lenght", "3", "x"]) }
  }

  @Test func eachSynonymLeadsToWordsThatThereAre() {
    let known = Set(
      commandDescriptions.flatMap { [$0.name] + $0.options.map(\.name) })
    for (word, meanings) in synonyms {
      #expect(!known.contains(word) && known.isSuperset(of: meanings), "\(word)")
    }
  }

  @Test(arguments: [
    ("train", "train"), ("trian", "train"), ("inspct", "inspect"), ("evaluate", "eval"), ("", nil),
    ("--versoin", "--version"), ("pre", "predict"), ("generate", "predict"), ("xx", nil),
  ])
  func theNearestWordIsFoundIfItIsNear(_ word: String, _ expected: String?) {
    #expect(nearest(word, among: ["train", "predict", "eval", "inspect", "--version"]) == expected)
  }
}
