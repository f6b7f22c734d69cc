import RecurrentLM

/// `charnn inspect`: shows what a checkpoint holds, and what its units do with a text.
struct Inspect: Subcommand {
  var files: [String] = []
  var plot: String?
  var showsTensors = false
  var showsVocabulary = false
  var showsHistory = false
  var cells: String?
  var unitNames: [String] = []
  var showsGates = false
  var html: String?
  var corpus: String?
  var unknown = UnknownCharacters.error
  var json = false
  var noColor = false

  static let name = "inspect"
  static let summary = "Show what a checkpoint holds, and what its units do."
  static let operandUsage = "[FILE ...]"
  static let examples = [
    CommandExample("charnn inspect", "what charnn.safetensors holds"),
    CommandExample("charnn inspect --cells \"He said: yes.\"", "what its units follow"),
    CommandExample("charnn inspect --gates --corpus book.txt", "how far its gates are open"),
    CommandExample("charnn inspect --html units.html --corpus a.txt", "each unit by a click"),
    CommandExample("charnn inspect model.safetensors --history", "the loss of each epoch"),
    CommandExample("charnn inspect --plot a.svg a b", "the curves of two models"),
    CommandExample("charnn inspect --json", "everything, for programs"),
  ]
  static let discussion = """
    Prints the cell, sizes, vocabulary and training of a checkpoint, by default of
    \(modelDefault), on a terminal also how its perplexity
    fell. Other options print that part instead.

    --cells, --gates and --html watch the units of the network while it reads.
    Units that follow a feature of the text (its lines, words, sentences, quotation
    marks, ...) are found by correlation; those with |r| of 0.5 or more are shown.
    They are found on the text of --corpus, else on the built-in text that the model
    was trained on, else on TEXT. The same text is read for --gates.
    """

  static var optionGroups: [OptionGroup<Inspect>] {
    [
      OptionGroup(title: "the checkpoint", options: checkpointOptions),
      OptionGroup(title: "the units", options: unitOptions),
      OptionGroup(title: "output", options: outputOptions),
    ]
  }

  private static var checkpointOptions: [Option<Inspect>] {
    [
      .flag(
        "tensors", \.showsTensors,
        "each parameter's name and shape; norm, mean, standard deviation and range of its values"),
      .flag("vocabulary", \.showsVocabulary, "each token with its number and code point"),
      .flag("history", \.showsHistory, "loss, perplexity and gradient norm of each epoch"),
    ]
  }

  private static var unitOptions: [Option<Inspect>] {
    [
      .text(
        "cells", "TEXT", \.cells,
        "colour each character of TEXT by the activity (tanh of the cell state of an LSTM, else the "
          + "hidden state) of the most telling units; off a terminal, print it as a table. "
          + "Escapes: \\n, \\t, \\\\, \\u{HEX}"),
      .texts(
        "unit", "LAYER:N", \.unitNames,
        "with --cells, show this unit, both counted from 1, and not the most telling ones; "
          + "LAYER:N:backward in the other direction; may be given several times"),
      .flag(
        "gates", \.showsGates,
        "how far the gates of each layer are open: their mean, the shares saturated at the lower end "
          + "(below 0.1, of tanh below -0.9) and at the upper end (above 0.9), and the spread; also "
          + "of the states"),
      .file(
        "html", \.html,
        "write a page that shows every unit on the text, or its beginning: one is chosen by a click"
      ),
      .text(
        "corpus", "CORPUS", \.corpus,
        "a file, as in 'charnn train', of which the first 20,000 characters are read",
        defaultText: "see above"),
      .choice("unknown", \.unknown, "what to do with characters that the model does not know"),
    ]
  }

  private static var outputOptions: [Option<Inspect>] {
    [
      .file(
        "plot", \.plot, "draw the curves of one or more checkpoints as one picture in SVG"),
      .flag("json", \.json, "print everything as one JSON object"),
      .noColor(\.noColor),
    ]
  }

  private var units: [Unit] { unitNames.compactMap { Unit($0) } }

  /// Whether the model has to read a text.
  private var reads: Bool { cells != nil || showsGates || html != nil }

  mutating func take(operand: String) { files.append(operand) }

  mutating func finish(given: [GivenOption<Inspect>]) throws(UsageError) {
    if files.count > 1, plot == nil {
      throw UsageError("one FILE, found also '\(files[1])'; --plot takes several")
    }
    if plot != nil,
      let other = given.last(where: { $0.option.setting != \.plot && $0.option.name != "no-color" })
    {
      throw UsageError("--plot draws the curves and nothing else; leave out --\(other.option.name)")
    }
    if json && (showsTensors || showsVocabulary || showsHistory) {
      throw UsageError("--json prints everything; leave out the other options")
    }
    if let wrong = unitNames.first(where: { Unit($0) == nil }) {
      throw UsageError(
        "--unit takes LAYER:N or LAYER:N:backward, such as 1:20, both counted from 1; "
          + "found '\(wrong)'")
    }
    if !unitNames.isEmpty && cells == nil {
      throw UsageError("--unit chooses what --cells TEXT shows; give a TEXT")
    }
    if !reads && (given.contains(\.corpus) || given.contains(\.unknown)) {
      throw UsageError(
        "--corpus and --unknown are for --cells, --gates and --html; give one of them")
    }
    if let text = cells {
      guard let text = unescaped(text) else {
        throw UsageError(
          "--cells '\(text)': after a backslash comes n, t, r, u{HEX} or another backslash")
      }
      cells = text
    }
  }

  /// Draws the picture of all files.
  private func draw(_ path: String, _ console: Console) throws {
    let picture = try ReportFile(path)
    let paths = files.isEmpty ? [modelPath(nil)] : files
    let models = try paths.map { path in
      (name: path, curve: try Checkpoint(contentsOf: path).learningCurve)
    }
    try picture.write(curvePicture(models))
    console.hint("wrote \(path)")
  }

  func run(_ console: Console) throws -> ExitCode {
    if let plot {
      try draw(plot, console)
      return .done
    }
    let page = try html.map { path throws(OutputFileError) in try ReportFile(path) }
    let checkpoint = try Checkpoint(contentsOf: modelPath(files.first))
    // Even if its weights are not shown, so that a damaged file is reported.
    let model = try checkpoint.model()
    let view = reads ? try view(checkpoint, model, page, console) : UnitView()
    if json {
      try console.line(jsonLine(checkpoint, model, view))
      return .done
    }
    if !(showsTensors || showsVocabulary || showsHistory || reads) {
      try printOverview(checkpoint, model, console)
    }
    if showsTensors { try console.line(tensors(model, console)) }
    if showsVocabulary { try console.line(vocabulary(checkpoint)) }
    if showsHistory { try console.line(history(checkpoint)) }
    try view.print(checkpoint.configuration.architecture, console)
    return .done
  }

  private func view(
    _ checkpoint: Checkpoint, _ model: LanguageModel, _ page: ReportFile?, _ console: Console
  ) throws -> UnitView {
    let architecture = checkpoint.configuration.architecture
    if let absent = units.first(where: { !architecture.has($0) }) {
      throw UsageError(
        "--unit \(absent.name): the model is \(architecture.summary)", command: Inspect.name)
    }
    let texts = InspectedTexts(checkpoint: checkpoint, unknown: unknown, console: console)
    let viewer = UnitViewer(
      checkpoint: checkpoint, inspection: UnitInspection(model, console),
      text: try cells.map(texts.given), sample: try corpus.map(texts.corpus) ?? texts.builtIn(),
      console: console)
    let view = try viewer.view(units: units, showsGates: showsGates)
    if let page, let html { try page.write(viewer.page()); console.hint("wrote \(html)") }
    return view
  }

  private func printOverview(
    _ checkpoint: Checkpoint, _ model: LanguageModel, _ console: Console
  ) throws {
    let width = console.terminalWidth
    try console.line(overviewText(checkpoint.overview(model), width: width))
    guard let width, checkpoint.history.count > 1 else { return }
    let lines = chart(checkpoint.learningCurve, columns: width, rows: 12)
    if !lines.isEmpty { try console.line("") }
    for line in lines { try console.line(line) }
  }

  private func tensors(_ model: LanguageModel, _ console: Console) -> String {
    let rows = model.layout.parameters.map { TensorSummary($0, of: model).row }
    return aligned(
      [TensorSummary.header] + rows, names: 2, width: console.terminalWidth ?? .max
    ).joined(separator: "\n")
  }

  private func vocabulary(_ checkpoint: Checkpoint) -> String {
    checkpoint.vocabulary.tokens.enumerated().map { index, token in
      // The token for unknown characters is a word.
      let scalars = token.unicodeScalars
      let code = scalars.count == 1 ? codePoint(scalars[scalars.startIndex]) : "-"
      return "\(index)\t\(code)\t\(escaped(token))"
    }.joined(separator: "\n")
  }

  private func history(_ checkpoint: Checkpoint) -> String {
    let isValidated = checkpoint.history.contains { $0.validationLoss != nil }
    return
      (["epoch\tloss\tperplexity\tgradient norm" + (isValidated ? "\theld out" : "")]
      + checkpoint.history.map { record in
        let heldOut = record.validationLoss.map { perplexityText(perplexity(ofLoss: $0)) }
        return "\(record.epoch)\t\(fixed(record.loss, decimals: 4))\t"
          + "\(perplexityText(record.perplexity))\t\(fixed(record.gradientNorm, decimals: 4))"
          + (isValidated ? "\t\(heldOut ?? "-")" : "")
      }).joined(separator: "\n")
  }

  private func jsonLine(
    _ checkpoint: Checkpoint, _ model: LanguageModel, _ view: UnitView
  ) -> String {
    var line = JSONLine()
    line.add("configuration", checkpoint.configuration)
    line.add("parameters", model.layout.count)
    line.add("corpus", checkpoint.corpus)
    line.add("vocabulary", checkpoint.vocabulary.tokens)
    line.add("epochs", checkpoint.history.count)
    line.add("history", checkpoint.history)
    line.add("best_validation", checkpoint.bestValidation)
    line.add("tensors", model.layout.parameters.map { TensorSummary($0, of: model) })
    line.add("cells", view.cellsMember)
    line.add("gates", view.gates)
    return line.text
  }
}
