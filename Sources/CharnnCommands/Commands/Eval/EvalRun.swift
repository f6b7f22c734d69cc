import Corpora
import RecurrentLM

extension Eval {
  /// Whether characters are shown one by one or by lines, which takes a second copy of the text.
  private var showsText: Bool { showsCharacters || showsLines || html != nil }

  func run(_ console: Console) throws -> ExitCode {
    let page = try html.map { (path: String) in try ReportFile(path) }
    let checkpoint = try Checkpoint(contentsOf: modelPath(model))
    let other = try against.map { (path: String) in try Checkpoint(contentsOf: path) }
    for checkpoint in [checkpoint, other].compactMap(\.self) {
      if let precision = adapt == nil ? precision : .float { checkpoint.precision = precision }
    }
    let objective = checkpoint.configuration.architecture.objective
    guard adapt == nil || objective == .next else {
      throw Failure(
        "\(checkpoint.path): this model was trained to fill gaps; --adapt is for models that predict "
          + "the next character", .badData)
    }
    if let other, other.configuration.architecture.objective != objective {
      throw Failure(
        "\(checkpoint.path) and \(other.path): one of them fills gaps and sees the whole text, the other "
          + "predicts the next character; their bits cannot be compared", .badData)
    }
    let text = try readText(checkpoint, console)
    let result =
      try showsText
      ? showText(text, checkpoint, other, page, console) : measure(text, checkpoint, console)
    return try report(result, console)
  }

  // MARK: Text

  private func mode(_ checkpoint: Checkpoint) -> TextMode {
    text ?? checkpoint.configuration.training.text
  }

  private func readText(_ checkpoint: Checkpoint, _ console: Console) throws -> CorpusText {
    let mode = mode(checkpoint)
    if showsLines && mode != .raw {
      throw UsageError(
        "--lines and --against need lines, but --text \(mode.rawValue)"
          + (text == nil ? ", with which \(checkpoint.path) was trained," : "")
          + " joins them; --chars shows such a text", command: Eval.name)
    }
    let read = try readText(checkpoint, mode, console)
    try read.checkHasLetters(
      mode, reason: text == nil ? ", with which \(checkpoint.path) was trained," : "")
    return read
  }

  private func readText(
    _ checkpoint: Checkpoint, _ mode: TextMode, _ console: Console
  ) throws -> CorpusText {
    if let string { return try Corpus(string).read(mode) }
    if !corpus.isEmpty { return try readCorpora(corpus, mode, limit: nil, console) }
    guard checkpoint.corpus.allSatisfy({ BuiltInCorpus(rawValue: $0) != nil }) else {
      throw UsageError(
        "a CORPUS is needed: the text named in \(checkpoint.path), "
          + "\(checkpoint.corpus.joined(separator: ", ")), is not built in", command: Eval.name)
    }
    return try readCorpora(
      checkpoint.corpus, mode, limit: checkpoint.configuration.training.maxCharacters, console)
  }

  // MARK: Evaluation

  private func measure(
    _ text: CorpusText, _ checkpoint: Checkpoint, _ console: Console
  ) throws -> EvaluationResult {
    let (tokens, skipped) =
      switch unknown {
      case .error: (try text.numbered(by: checkpoint.vocabulary), 0)
      case .skip: try text.numberedSkippingUnknown(by: checkpoint.vocabulary)
      }
    let start = ContinuousClock.now
    let evaluation = try evaluate(
      tokens, checkpoint, EvaluationProgress(console), threads: usableThreads(threads, console))
    return EvaluationResult(evaluation, checkpoint, unknown: skipped, since: start)
  }

  private func evaluate(
    _ tokens: Tokens, _ checkpoint: Checkpoint, _ progress: EvaluationProgress?, threads: Int,
    onCharacter: ((ScoredCharacter) throws -> Void)? = nil
  ) throws -> Evaluation {
    guard tokens.count > streams else {
      throw Failure(
        "the text has \(counted(tokens.count, "character")) that the model knows; "
          + "\(counted(streams, "stream")) need\(streams == 1 ? "s" : "") at least \(streams + 1)",
        .badData)
    }
    let evaluator = Evaluator(
      try checkpoint.model(), threads: threads,
      steps: checkpoint.configuration.training.steps)
    defer { progress?.clear() }
    return try evaluator.evaluate(
      tokens, streams: streams, adaptationRate: adapt, onCharacter: onCharacter,
      onProgress: { progress?.show($0, characters: tokens.count) })
  }

  /// Measures the text and shows it as it is measured.
  private func showText(
    _ text: CorpusText, _ checkpoint: Checkpoint, _ other: Checkpoint?, _ page: ReportFile?,
    _ console: Console
  ) throws -> EvaluationResult {
    let text = try MeasuredText(
      text, mode(checkpoint), for: [checkpoint] + (other.map { [$0] } ?? []), unknown: unknown)
    let start = ContinuousClock.now
    let threads = usableThreads(threads, console)
    func measure(_ checkpoint: Checkpoint, _ reports: [any TextReport], shows: Bool) throws
      -> Evaluation
    {
      let progress = shows ? EvaluationProgress(console) : nil
      let evaluation = try text.measure(
        under: checkpoint,
        { try evaluate($0, checkpoint, progress, threads: threads, onCharacter: $1) },
        visit: { character in for report in reports { try report.take(character) } })
      for report in reports { try report.finish() }
      return evaluation
    }
    let lineBits = LineBits()
    let otherEvaluation = try other.map { try measure($0, [lineBits], shows: true) }
    let bits = other == nil ? nil : lineBits.bits
    let table = table(of: text, checkpoint, other: bits, console)
    let count = bits.map { LineCount(other: $0) }
    let body = page == nil ? nil : EvaluationPage(tokens: checkpoint.vocabulary.tokens, other: bits)
    let reports: [(any TextReport)?] = [table, body, count]
    // Lines that come one by one are progress enough.
    let printsAsItGoes = table != nil && worst == nil && console.abilities.outputIsTerminal
    let evaluation = try measure(checkpoint, reports.compactMap { $0 }, shows: !printsAsItGoes)
    var result = EvaluationResult(evaluation, checkpoint, unknown: text.skipped, since: start)
    if let other, let otherEvaluation, let count {
      result.comparison = ModelComparison(
        names: (checkpoint.path, other.path), other: otherEvaluation, better: count.better,
        otherBetter: count.otherBetter)
    }
    if let page, let body {
      let models = [checkpoint.path, other?.path].compactMap { $0 }.joined(separator: " and ")
      let names = text.sources.map(\.name).joined(separator: ", ")
      try write(body, title: "\(names) under \(models)", result, to: page, console)
    }
    return result
  }

  private func write(
    _ body: EvaluationPage, title: String, _ result: EvaluationResult, to page: ReportFile,
    _ console: Console
  ) throws {
    try page.write(body.html(title: title, summary: result.summary))
    console.hint(
      "wrote \(html ?? "")\(body.isCut ? ", which shows the beginning of the text" : "")")
  }

  private func table(
    of text: MeasuredText, _ checkpoint: Checkpoint, other: [Double]?, _ console: Console
  ) -> (any TextReport)? {
    if showsCharacters {
      return console.abilities.colors
        ? ShadedText(text, tokens: checkpoint.vocabulary.tokens, console) : CharacterTable(console)
    }
    guard showsLines else { return nil }
    return LineReport(text, other: other, worst: worst, asJSON: json, console)
  }

  // MARK: Result

  private func report(_ result: EvaluationResult, _ console: Console) throws -> ExitCode {
    if json {
      try console.line(result.object)
    } else if showsCharacters || showsLines {
      result.summary.forEach(console.note)
    } else {
      for line in result.summary { try console.prose(line) }
    }
    guard let maxPerplexity, !(result.evaluation.perplexity <= maxPerplexity) else { return .done }
    console.note(
      "\(result.measure) \(perplexityText(result.evaluation.perplexity)) is above --max-perplexity "
        + shortest(maxPerplexity))
    return .thresholdMissed
  }
}
