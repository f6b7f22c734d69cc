import RecurrentLM

/// `charnn inspect`: shows what a checkpoint holds.
struct Inspect: Subcommand {
  var file: String?
  var showsTensors = false
  var showsVocabulary = false
  var showsHistory = false
  var json = false
  var noColor = false

  static let name = "inspect"
  static let summary = "Show what a checkpoint holds."
  static let operandUsage = "[FILE]"
  static let examples = [
    CommandExample("charnn inspect", "what charnn.safetensors holds"),
    CommandExample("charnn inspect model.safetensors --history", "the loss of each epoch"),
    CommandExample("charnn inspect --json", "everything, for programs"),
  ]
  static let discussion = """
    Prints the cell, sizes, vocabulary and training of a checkpoint, by default of
    \(modelDefault). Each of the first three options prints
    that part in full instead.
    """

  static var optionGroups: [OptionGroup<Inspect>] { [OptionGroup(title: nil, options: allOptions)] }

  private static var allOptions: [Option<Inspect>] {
    [
      .flag("tensors", \.showsTensors, "each parameter's name, shape and norm"),
      .flag("vocabulary", \.showsVocabulary, "each token with its number and code point"),
      .flag("history", \.showsHistory, "loss, perplexity and gradient norm of each epoch"),
      .flag("json", \.json, "print everything as one JSON object"),
      .noColor(\.noColor),
    ]
  }

  mutating func take(operand: String) throws(UsageError) {
    guard file == nil else { throw UsageError("one FILE, found also '\(operand)'") }
    file = operand
  }

  mutating func finish(given: [GivenOption<Inspect>]) throws(UsageError) {
    if json && (showsTensors || showsVocabulary || showsHistory) {
      throw UsageError("--json prints everything; leave out the other options")
    }
  }

  func run(_ console: Console) throws -> ExitCode {
    let path = modelPath(file)
    let checkpoint = try Checkpoint(contentsOf: path)
    // Even if its weights are not shown, so that a damaged file is reported.
    let model = try checkpoint.model()
    if json {
      try console.line(jsonLine(checkpoint, model))
      return .done
    }
    let isWhole = !(showsTensors || showsVocabulary || showsHistory)
    if isWhole { try console.line(overview(checkpoint, model)) }
    if showsTensors { try console.line(tensors(model)) }
    if showsVocabulary { try console.line(vocabulary(checkpoint)) }
    if showsHistory { try console.line(history(checkpoint)) }
    return .done
  }

  private func overview(_ checkpoint: Checkpoint, _ model: LanguageModel) -> String {
    let training = checkpoint.configuration.training
    var rows = [
      ("checkpoint", checkpoint.path),
      ("model", checkpoint.configuration.architecture.summary),
      ("parameters", grouped(model.layout.count)),
      ("vocabulary", vocabularySummary(checkpoint.vocabulary)),
      ("trained on", checkpoint.corpus.joined(separator: ", ") + textSummary(training)),
      (
        "minibatches",
        "\(training.batch) sequences x \(training.steps) steps, \(training.sampling.rawValue)"
      ),
      (
        "optimizer",
        "\(training.optimizer.rawValue), learning rate \(shortest(training.effectiveLearningRate))"
          + "\(scheduleSummary(training)), clip \(shortest(training.clip)), seed \(training.seed)"
      ),
    ]
    if training.dropout > 0 || training.recurrentDropout > 0 {
      rows.append(
        (
          "dropout",
          "\(shortest(training.dropout)), \(shortest(training.recurrentDropout)) of recurrent weights"
        ))
    }
    if let last = checkpoint.history.last {
      rows.append(
        (
          "epochs",
          "\(last.epoch)\(training.epochLimit.map { " of \($0)" } ?? ""), "
            + "\(checkpoint.configuration.architecture.objective.measure) "
            + perplexityText(last.perplexity)
        ))
    }
    if let best = checkpoint.bestValidation {
      rows.append(("held out", heldOutSummary(best, training)))
    }
    return rows.map { name, value in
      name + String(repeating: " ", count: 14 - name.count) + value
    }.joined(separator: "\n")
  }

  private func scheduleSummary(_ training: TrainingOptions) -> String {
    let schedule = training.schedule == .constant ? "" : ", \(training.schedule.rawValue)"
    let warmup = training.warmup > 0 ? ", warmup \(training.warmup)" : ""
    let decay = training.effectiveWeightDecay
    return schedule + warmup + (decay > 0 ? ", weight decay \(shortest(decay))" : "")
  }

  private func heldOutSummary(_ best: ValidationRecord, _ training: TrainingOptions) -> String {
    "best perplexity \(perplexityText(best.perplexity)), after \(epochText(best.epoch)) epochs"
      + (training.keep == .best ? ": the model that is kept" : "")
  }

  private func vocabularySummary(_ vocabulary: Vocabulary) -> String {
    let shown = vocabulary.tokens.prefix(60).map(escaped).joined()
    return "\(grouped(vocabulary.count)) tokens: \(shown)\(vocabulary.count > 60 ? "…" : "")"
  }

  private func textSummary(_ training: TrainingOptions) -> String {
    let limit = training.maxCharacters.map { ", first \(grouped($0)) characters" } ?? ""
    return " (\(training.text.rawValue)\(limit))"
  }

  private func tensors(_ model: LanguageModel) -> String {
    let rows = norms(model)
    let width = rows.map(\.name.count).max() ?? 0
    return rows.map { row in
      let shape = row.shape.map(String.init).joined(separator: " x ")
      return row.name + String(repeating: " ", count: width - row.name.count)
        + "  \(shape)\(String(repeating: " ", count: max(0, 14 - shape.count)))"
        + "  norm \(fixed(row.norm, decimals: 4))"
    }.joined(separator: "\n")
  }

  private func norms(_ model: LanguageModel) -> [TensorSummary] {
    model.layout.parameters.map { parameter in
      let squares = model.values(of: parameter).reduce(0.0) {
        $0 + Double($1) * Double($1)
      }
      return TensorSummary(
        name: parameter.name, shape: parameter.shape, norm: squares.squareRoot())
    }
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

  private func jsonLine(_ checkpoint: Checkpoint, _ model: LanguageModel) -> String {
    var line = JSONLine()
    line.add("configuration", checkpoint.configuration)
    line.add("parameters", model.layout.count)
    line.add("corpus", checkpoint.corpus)
    line.add("vocabulary", checkpoint.vocabulary.tokens)
    line.add("epochs", checkpoint.history.count)
    line.add("history", checkpoint.history)
    line.add("best_validation", checkpoint.bestValidation)
    line.add("tensors", norms(model))
    return line.text
  }
}

private struct TensorSummary: Encodable {
  let name: String
  let shape: [Int]
  let norm: Double
}
