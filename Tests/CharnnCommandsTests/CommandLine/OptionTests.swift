import Testing

@testable import CharnnCommands

@Suite struct OptionTests {
  // MARK: Values

  /// Words that set one option, and what the option takes where the value does not fit.
  @Test(arguments: [
    ("train", "layers", ["0", "257", "-1", "two", "1.5", ""], "a whole number from 1 to 256"),
    ("train", "hidden", ["0", "16385", "9223372036854775808"], "a whole number from 1 to 16384"),
    ("train", "embedding", ["-1", "16385"], "a whole number from 0 to 16384"),
    ("train", "batch", ["0", "16385"], "a whole number from 1 to 16384"),
    ("train", "steps", ["0", "16385"], "a whole number from 1 to 16384"),
    ("train", "max-chars", ["1", "all"], "a whole number from 2"),
    ("train", "epochs", ["0", "1000000001"], "a whole number from 1 to 1000000000"),
    ("train", "dropout", ["1", "-0.1", "half"], "a number from 0 and below 1"),
    (
      "train", "validation", ["1", "-0.5", "1e3"],
      "auto, a fraction from 0 and below 1, or a file (./5 if its name is a number)"
    ),
    ("train", "save-every", ["0"], "a whole number from 1 to 1000000000"),
    (
      "train", "save-minutes", ["0", "-1", "1e20", "1e38"], "a number above 0 and up to 525600"
    ),
    ("train", "lr", ["1e39", "1e-60"], "a number above 0 that a 32-bit float can hold"),
    ("train", "sample-every", ["-1"], "a whole number from 0 to 1000000000"),
    ("train", "threads", ["0", "1025"], "a whole number from 1 to 1024"),
    (
      "train", "seed", ["-1", "18446744073709551616", "1.0", "x"],
      "a whole number from 0 to 18446744073709551615"
    ),
    ("train", "lr", ["0", "-0.1", "nan", "inf", "1e999", "fast", " 1"], "a number above 0"),
    ("train", "init-scale", ["0", "-1"], "a number above 0"),
    ("train", "clip", ["-0.5", "nan"], "a number from 0"),
    ("train", "forget-bias", ["x", "nan", "infinity", ""], "a number"),
    ("train", "cell", ["elman", "LSTM", ""], "one of rnn, gru, lstm"),
    ("train", "activation", ["sigmoid"], "one of tanh, relu"),
    ("train", "gru-reset", ["never"], "one of after, before"),
    ("train", "init", ["zero"], "one of uniform, normal, orthogonal"),
    ("train", "text", ["html"], "one of raw, letters, flat"),
    ("train", "sampling", ["shuffled"], "one of sequential, random"),
    ("train", "optimizer", ["adagrad"], "one of sgd, adam, adamw"),
    ("train", "out", [""], "a text that is not empty"),
    ("train", "from", [""], "a text that is not empty"),
    ("train", "prompt", [""], "a text that is not empty"),
    ("predict", "length", ["-1", "1000000001"], "a whole number from 0 to 1000000000"),
    ("predict", "temperature", ["-1", "hot"], "a number from 0"),
    ("predict", "top-k", ["0"], "a whole number from 1 to 1000000000"),
    ("predict", "top-p", ["0", "1.5", "nan"], "a number above 0 and up to 1"),
    ("predict", "min-p", ["0", "1.01", "-0.1"], "a number above 0 and up to 1"),
    ("predict", "beam", ["0", "1025", "wide"], "a whole number from 1 to 1024"),
    ("predict", "stop", [""], "a text that is not empty"),
    ("predict", "count", ["0"], "a whole number from 1 to 1000000000"),
    ("predict", "seed", ["-1"], "a whole number from 0 to 18446744073709551615"),
    ("predict", "unknown", ["ignore"], "one of error, skip"),
    ("predict", "model", [""], "a text that is not empty"),
    ("eval", "text", ["pdf"], "one of raw, letters, flat"),
    ("eval", "string", [""], "a text that is not empty"),
    ("eval", "streams", ["0", "1000001"], "a whole number from 1 to 1000000"),
    ("eval", "adapt", ["0", "-0.1", "nan"], "a number above 0"),
    ("eval", "max-perplexity", ["0", "-1", "nan"], "a number above 0"),
    ("eval", "unknown", ["ignore"], "one of error, skip"),
    ("eval", "threads", ["0"], "a whole number from 1 to 1024"),
  ])
  func aValueThatDoesNotFitIsNamedWithWhatWould(
    _ command: String, _ option: String, _ values: [String], _ expected: String
  ) {
    for value in values {
      let outcome = charnn(command, "--\(option)", value, "x")
      #expect(outcome.code == .usage)
      #expect(
        outcome.messages == """
          charnn: --\(option) takes \(expected), found '\(value)'
          See 'charnn \(command) --help'.

          """)
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func theEndsOfARangeBelongToIt() throws {
    for layers in [1, 256] {
      let command = try #require(try Train.parse(["--layers", "\(layers)"]))
      #expect(command.configuration.architecture.layers == layers)
    }
    let seeded = try #require(try Train.parse(["--seed", "18446744073709551615"]))
    #expect(seeded.configuration.training.seed == .max)
    let predict = try #require(
      try Predict.parse(["--top-p", "1", "--temperature", "0", "--length", "0", "x"]))
    #expect(predict.sampler.topP == 1)
    #expect(predict.length == 0)
  }

  @Test func everyOptionOfTrainIsStored() throws {
    let command = try #require(
      try Train.parse(
        """
        --cell gru --layers 3 --hidden 5 --activation relu --gru-reset before --bidirectional \
        --objective cloze --residual --embedding 7 --init normal --init-scale 0.5 --forget-bias 2 --text flat --max-chars 99 \
        --batch 6 --steps 4 --sampling random --epochs 8 --optimizer sgd --lr 0.25 --clip 0 \
        --seed 9 --threads 3 --out o --save-every 11 --sample-every 12 --prompt p --json --no-color
        """.split(separator: " ").map(String.init)))
    let architecture = command.configuration.architecture
    #expect(architecture.cell == .gru)
    #expect((architecture.layers, architecture.hidden, architecture.embedding) == (3, 5, 7))
    #expect(architecture.activation == .relu)
    #expect(architecture.gruReset == .before)
    #expect((architecture.bidirectional, architecture.residual) == (true, true))
    #expect(architecture.objective == .cloze)
    let training = command.configuration.training
    #expect(training.initialization == .normal)
    #expect((training.initializationScale, training.forgetBias) == (0.5, 2))
    #expect(training.text == .flat)
    #expect((training.maxCharacters, training.batch, training.steps) == (99, 6, 4))
    #expect(training.sampling == .random)
    #expect(training.optimizer == .sgd)
    #expect((training.epochs, training.seed) == (8, 9))
    #expect((training.learningRate, training.clip) == (0.25, 0))
    #expect((command.threads, command.out, command.saveEvery) == (3, "o", 11))
    #expect((command.sampleEvery, command.prompts) == (12, ["p"]))
    #expect((command.json, command.quiet, command.noColor) == (true, false, true))
  }

  // MARK: Defaults

  @Test(arguments: [
    "cell": "lstm", "layers": "2", "hidden": "256", "activation": "tanh", "gru-reset": "after",
    "objective": "next", "embedding": "0", "init": "uniform", "forget-bias": "0", "text": "raw",
    "batch": "32",
    "steps": "35", "sampling": "sequential", "epochs": "50", "optimizer": "adam", "clip": "1",
    "seed": "1", "save-every": "10", "save-minutes": "5", "sample-every": "10",
  ])
  func aDefaultOfTrainIsShownAndIsWhatTheValueGives(_ name: String, _ value: String) throws {
    let option = try #require(Train.options.first { $0.name == name })
    #expect(option.defaultText == value)
    let (silent, said) = (Train(), try #require(try Train.parse(["--\(name)", value])))
    #expect(said.configuration == silent.configuration)
    #expect(said.saveEvery == silent.saveEvery)
    #expect(said.sampleEvery == silent.sampleEvery)
  }

  @Test(arguments: [
    ("", false), ("--layers 1", false), ("--layers 3", true), ("--layers 16 --cell gru", true),
    ("--layers 3 --no-residual", false), ("--residual", true), ("--no-residual --residual", true),
  ])
  func deepStacksAreResidualUnlessSaidOtherwise(_ words: String, _ residual: Bool) throws {
    let command = try #require(try Train.parse(words.split(separator: " ").map(String.init)))
    #expect(command.configuration.architecture.residual == residual)
  }

  @Test func aClozeIsBidirectional() throws {
    let command = try #require(try Train.parse(["--objective", "cloze"]))
    #expect(command.configuration.architecture.bidirectional)
  }

  @Test func theLearningRateByDefaultIsThatOfTheOptimizer() throws {
    for (optimizer, rate) in [("adam", 0.002), ("sgd", 1)] {
      let command = try #require(try Train.parse(["--optimizer", optimizer]))
      #expect(command.configuration.training.effectiveLearningRate == rate)
    }
  }
}
