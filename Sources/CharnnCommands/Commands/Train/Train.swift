import RecurrentLM

/// The settings of `charnn train`, which trains a model on a text and writes it to a checkpoint.
struct Train: Subcommand {
  var configuration = Configuration()
  var corpus: [String] = []
  var threads = availableProcessorCount
  var out = defaultModelPath
  /// In epochs.
  var saveEvery = 10
  /// The longest time without saving.
  var saveMinutes = 5.0
  var overwrite = false
  var log: String?
  var plot: String?
  var resume = false
  var from: String?
  /// In epochs; 0: no samples.
  var sampleEvery = 10
  /// Between two samples within an epoch.
  var sampleMinutes: Double?
  var sampleLength = 50
  var sampleTemperature = 0.5
  var prompts: [String] = []
  var json = false
  var quiet = false
  var noColor = false
  /// The options that were given, which change the settings of a checkpoint where training starts
  /// from one.
  private(set) var given: [GivenOption<Train>] = []

  static let name = "train"
  static let summary = "Train a model on a text and write a checkpoint."
  static let operandUsage = "[CORPUS ...]"
  static let examples = [
    CommandExample("charnn train", "on a built-in tale, in a minute"),
    CommandExample("charnn train book.txt", "sizes chosen for the text"),
    CommandExample("charnn train book.txt --max-minutes 10", "and for the minutes"),
    CommandExample("charnn train book.txt --resume --epochs 80", "go on where it stopped"),
    CommandExample("charnn train --cell gru --hidden 128", "sizes of your own"),
  ]
  static let discussion = """
    Trains on the given UTF-8 files, one after another: '-' is standard input, a
    folder stands for its *.txt in the order of their names. With none, trains on
    the built-in @time_traveller, an English tale; @lyrics_zh is the other one,
    Chinese song lyrics. Where a part of the text is held out (see --validation),
    sizes, rates and other settings that are not given are chosen for its length,
    and for --max-minutes.
    """

  static var optionGroups: [OptionGroup<Train>] {
    [
      OptionGroup(title: "the model", options: modelOptions),
      OptionGroup(title: "its parameters at the start", options: initializationOptions),
      OptionGroup(title: "the text", options: textOptions),
      OptionGroup(title: "minibatches", options: minibatchOptions),
      OptionGroup(title: "how long", options: durationOptions),
      OptionGroup(title: "against overfitting", options: regularizationOptions),
      OptionGroup(title: "the optimizer", options: optimizerOptions),
      OptionGroup(title: "the checkpoint", options: checkpointOptions),
      OptionGroup(title: "the run and what it shows", options: runOptions),
    ]
  }

  private static var modelOptions: [Option<Train>] {
    [
      .choice("cell", \.configuration.architecture.cell, "the recurrent cell"),
      .integer(
        "layers", \.configuration.architecture.layers, Architecture.layerRange,
        "stacked layers of cells"),
      .integer(
        "hidden", \.configuration.architecture.hidden, Architecture.hiddenRange,
        "hidden units of each layer and direction"),
      .choice(
        "activation", \.configuration.architecture.activation, "nonlinearity of the RNN cell"),
      .choice(
        "gru-reset", \.configuration.architecture.gruReset,
        "the GRU's reset gate acts after the recurrent product (PyTorch, cuDNN) or before it "
          + "(the original formula)"),
      .flag(
        "bidirectional", \.configuration.architecture.bidirectional,
        "a second stack of layers reads from the end to the start; it sees the character it predicts"
      ),
      .choice(
        "objective", \.configuration.architecture.objective,
        "next: predict the next character; cloze: predict each character from the text on both "
          + "sides of it, with --bidirectional; 'charnn predict --fill' then fills gaps"),
      .integer(
        "embedding", \.configuration.architecture.embedding, Architecture.embeddingRange,
        "width of a character embedding; 0: one-hot input"),
      .flag(
        "residual", \.configuration.architecture.residual,
        "each layer from the second up adds its input to its output, and what a character picks of "
          + "the one-hot input's weights or the embedding starts within +-1 (with --init uniform and "
          + "no --init-scale), so that stacks learn faster",
        defaultText: "from 3 layers up, and where settings are chosen"),
      .flag(
        "no-residual", \.configuration.architecture.residual, sets: false,
        "plain stacked layers, as in PyTorch", defaultText: "otherwise"),
    ]
  }

  private static var initializationOptions: [Option<Train>] {
    [
      .choice(
        "init", \.configuration.training.initialization,
        "distribution of the initial parameters"),
      .optionalNumber(
        "init-scale", \.configuration.training.initializationScale, .above(0),
        "uniform: bound; normal: standard deviation; orthogonal: factor",
        defaultText: "1/√hidden; 0.01; 1"),
      .number(
        "forget-bias", \.configuration.training.forgetBias, .any,
        "added to the LSTM's forget gate bias at the start"),
    ]
  }

  private static var textOptions: [Option<Train>] {
    [
      .choice(
        "text", \.configuration.training.text,
        "raw: as it is; letters: a-z and single spaces only, lines joined; flat: line ends "
          + "become spaces"),
      .optionalInteger(
        "max-chars", \.configuration.training.maxCharacters, TrainingOptions.maxCharactersRange,
        "use only the first N characters", defaultText: "all"),
      .validation(\.configuration.training.validation),
    ]
  }

  private static var minibatchOptions: [Option<Train>] {
    [
      .integer(
        "batch", \.configuration.training.batch, TrainingOptions.batchRange,
        "sequences in a minibatch"),
      .integer(
        "steps", \.configuration.training.steps, TrainingOptions.stepsRange,
        "characters of each sequence, through which gradients flow"),
      .choice(
        "sampling", \.configuration.training.sampling,
        "sequential: each minibatch continues the one before and its hidden state; random: shuffled "
          + "sequences, each from a zero state"),
      .choice(
        "offset", \.configuration.training.offset,
        "where the sequential minibatches of an epoch begin; random: anew each epoch; zero: always at "
          + "the start of the text"),
    ]
  }

  private static var durationOptions: [Option<Train>] {
    [
      .integer(
        "epochs", \.configuration.training.epochs, TrainingOptions.epochsRange,
        "passes through the text, including those before --resume"),
      .optionalNumber(
        "max-minutes", \.configuration.training.maxMinutes,
        .aboveUpTo(0, TrainingOptions.longestMinutes),
        "ends after so many minutes, including those of the limited run that --resume goes on with; "
          + "the schedule ends with them, and the result depends on the speed of the machine",
        defaultText: "none"),
      .optionalInteger(
        "patience", \.configuration.training.patience, TrainingOptions.patienceRange,
        "ends when the held-out loss has not fallen for N epochs", defaultText: "off"),
    ]
  }

  private static var regularizationOptions: [Option<Train>] {
    [
      .number(
        "dropout", \.configuration.training.dropout, .fromBelow(0, 1),
        "probability that a hidden state is not handed on, between layers and before the output"),
      .number(
        "recurrent-dropout", \.configuration.training.recurrentDropout, .fromBelow(0, 1),
        "probability that a recurrent weight is left out of a minibatch"),
      .optionalNumber(
        "weight-decay", \.configuration.training.weightDecay, .atLeast(0),
        "an update first multiplies each weight, but no bias, by 1 - learning rate x X",
        defaultText: "adamw 0.01, else 0"),
    ]
  }

  private static var optimizerOptions: [Option<Train>] {
    [
      .choice(
        "optimizer", \.configuration.training.optimizer,
        "how gradients become updates; adamw: adam with weight decay"),
      .optionalNumber(
        "lr", \.configuration.training.learningRate, .above(0), "learning rate",
        defaultText: "adam and adamw 0.002, sgd 1"),
      .choice(
        "schedule", \.configuration.training.schedule,
        "how the learning rate falls from the first update to the last; cosine: to zero; step: to a "
          + "tenth at half, to a hundredth at three quarters"),
      .integer(
        "warmup", \.configuration.training.warmup, TrainingOptions.warmupRange,
        "updates over which the learning rate rises from zero"),
      .number(
        "clip", \.configuration.training.clip, .atLeast(0),
        "largest global norm of the gradients, beyond which they are scaled down; 0: no clipping"),
    ]
  }

  private static var checkpointOptions: [Option<Train>] {
    [
      .file("out", \.out, "the checkpoint to write"),
      .integer(
        "save-every", \.saveEvery, 1...1_000_000_000,
        "epochs between two writes; also written at the end and on Ctrl-C, SIGTERM and SIGHUP"),
      .number(
        "save-minutes", \.saveMinutes, .aboveUpTo(0, 525_600),
        "minutes between two writes within an epoch"),
      .choice(
        "keep", \.configuration.training.keep,
        "which model is read from the checkpoint; best: the one with the lowest held-out loss"),
      .flag(
        "overwrite", \.overwrite,
        "overwrite a checkpoint at --out, and a log at --log, which are otherwise kept as NAME.~1~"),
      .file(
        "log", \.log,
        "write the events that --json prints, or, if its name ends in .csv, a table of the epochs; --resume adds "
          + "to it"),
      .file("plot", \.plot, "draw the curves as a picture in SVG, anew with each checkpoint"),
      .flag("resume", \.resume, "go on exactly where the checkpoint --out stopped"),
      .file(
        "from", \.from,
        "start from the weights and the vocabulary of another checkpoint, to which characters of the "
          + "text that it lacks are added"),
    ]
  }

  private static var runOptions: [Option<Train>] {
    [
      .choice(
        "precision", \.configuration.training.precision, of: [.float, .bfloat16],
        "of matrix products: bfloat16 rounds their factors to 8 bits and sums in Float, for processors "
          + "that multiply bfloat16 themselves (amx or avx512bf16 in 'charnn --version'). The sums are "
          + "made in the order of the processor on which training begins; resumed on any other, it comes to "
          + "the same numbers, but no faster than in Float"),
      .seed(\.configuration.training.seed, "seed of all random draws"),
      .integer(
        "threads", \.threads, 1...1024,
        "threads, at most one per core; the result does not depend on their number",
        defaultText: "all cores"),
      .integer(
        "sample-every", \.sampleEvery, 0...1_000_000_000,
        "epochs between two samples; 0: none"),
      .optionalNumber(
        "sample-minutes", \.sampleMinutes, .aboveUpTo(0, 525_600),
        "minutes between two samples within an epoch", defaultText: "none"),
      .integer(
        "sample-length", \.sampleLength, 1...1_000_000, "characters of a sample, after the prompt"),
      .number(
        "sample-temperature", \.sampleTemperature, .atLeast(0),
        "0: samples take the most probable character; 1: draw as the model predicts; between: "
          + "more cautiously"),
      .texts(
        "prompt", "TEXT", \.prompts,
        "text that samples continue, or whose gaps (_) they fill; may be given several times",
        defaultText: "start of the corpus"),
      .flag("json", \.json, "print one JSON object per line and nothing else"),
      .flag("quiet", \.quiet, "print errors and warnings only"),
      .noColor(\.noColor),
    ]
  }

  mutating func take(operand: String) { corpus.append(operand) }

  mutating func finish(given: [GivenOption<Train>]) throws(UsageError) {
    self.given = given
    if resume && from != nil {
      throw UsageError("--resume goes on from --out, --from starts anew; give one of them")
    }
    if json && quiet { throw UsageError("--json prints and --quiet does not; give one of them") }
    // A cloze model reads from both ends of the text.
    if configuration.architecture.objective == .cloze {
      configuration.architecture.bidirectional = true
    }
    if configuration.training.maxMinutes != nil, !given.contains(\.configuration.training.epochs) {
      configuration.training.epochs = TrainingOptions.epochsRange.upperBound
    }
    if !given.contains(\.configuration.architecture.residual) {
      configuration.architecture.residual = configuration.architecture.isDeep
    }
  }
}
