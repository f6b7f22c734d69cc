import RecurrentLM

extension Checkpoint {
  /// What a model is, on what it was trained and how well it does, by row.
  func overview(_ model: LanguageModel) -> [(name: String, value: String)] {
    let training = configuration.training
    let objective = configuration.architecture.objective
    var rows = [
      ("checkpoint", path),
      ("model", configuration.architecture.summary),
      ("parameters", grouped(model.layout.count)),
      ("vocabulary", vocabularySummary),
      ("trained on", corpus.joined(separator: ", ") + training.textSummary),
      (
        "minibatches",
        "\(training.batch) sequences x \(training.steps) steps, \(training.sampling.rawValue)"
      ),
      ("optimizer", training.optimizerSummary),
    ]
    if training.precision != .float { rows.append(("precision", training.precision.rawValue)) }
    if training.dropout > 0 || training.recurrentDropout > 0 {
      rows.append(
        (
          "dropout",
          "\(shortest(training.dropout)), \(shortest(training.recurrentDropout)) of recurrent weights"
        ))
    }
    if let last = history.last {
      rows.append(
        (
          "epochs",
          "\(last.epoch)\(training.epochLimit.map { " of \($0)" } ?? ""), "
            + "\(objective.measure) \(perplexityText(last.perplexity))"
        ))
    }
    if let best = bestValidation {
      rows.append(
        (
          "held out",
          "best perplexity \(perplexityText(best.perplexity)), after \(epochText(best.epoch)) epochs"
            + (training.keep == .best ? ": the model that is kept" : "")
        ))
    }
    return rows
  }

  private var vocabularySummary: String {
    let shown = vocabulary.tokens.prefix(60).map(escaped).joined()
    return "\(grouped(vocabulary.count)) tokens: \(shown)\(vocabulary.count > 60 ? "…" : "")"
  }
}

extension TrainingOptions {
  fileprivate var optimizerSummary: String {
    let schedule = schedule == .constant ? "" : ", \(schedule.rawValue)"
    let warmup = warmup > 0 ? ", warmup \(warmup)" : ""
    let decay =
      effectiveWeightDecay > 0 ? ", weight decay \(shortest(effectiveWeightDecay))" : ""
    return "\(optimizer.rawValue), learning rate \(shortest(effectiveLearningRate))"
      + "\(schedule)\(warmup)\(decay), clip \(shortest(clip)), seed \(seed)"
  }

  fileprivate var textSummary: String {
    let limit = maxCharacters.map { ", first \(grouped($0)) characters" } ?? ""
    return " (\(text.rawValue)\(limit))"
  }
}

/// Rows of names and values. Where there is a width to keep to, values are broken into lines, except
/// that the vocabulary has one line only.
func overviewText(_ rows: [(name: String, value: String)], width: Int?) -> String {
  let indentation = 14
  return rows.map { name, value in
    var lines = [value]
    if let width = width.map({ max(10, $0 - indentation) }) {
      let isCut = name == "vocabulary" && columns(of: value) > width
      lines =
        isCut ? [prefix(of: value, columns: width - 1) + "…"] : wrapped(value, columns: width)
    }
    return padded(name, columns: indentation)
      + lines.joined(separator: "\n" + String(repeating: " ", count: indentation))
  }.joined(separator: "\n")
}
