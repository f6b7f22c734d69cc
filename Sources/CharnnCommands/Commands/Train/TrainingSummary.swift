import RecurrentLM

extension TrainingSetup {
  /// What is trained on what, and how; and what of it was chosen.
  var summary: String {
    ([size] + [choice].compactMap(\.self)).joined(separator: "\n")
  }

  /// The same for programs, with all options.
  func beginEvent(isResumed: Bool) -> JSONLine {
    var line = JSONLine()
    line.add("event", "begin")
    line.add("corpus", corpus)
    line.add("characters", characterCount)
    line.add("held_out_characters", heldOutCount)
    line.add("vocabulary_size", vocabulary.count)
    line.add("parameters", trainer.model.layout.count)
    line.add("kernels", InstructionSet.current.name)
    line.add("threads", trainer.threads)
    line.add("resumed", isResumed)
    line.add("epochs_done", trainer.progress.epochsDone)
    line.add("configuration", configuration)
    return line
  }

  private var size: String {
    "\(configuration.architecture.summary) on \(corpus.joined(separator: ", ")): "
      + "\(grouped(characterCount)) characters\(heldOut), "
      + "\(grouped(vocabulary.count)) in the vocabulary, "
      + "\(grouped(trainer.model.layout.count)) parameters; "
      + "\(InstructionSet.current.name) kernels, \(counted(trainer.threads, "thread"))"
  }

  private var heldOut: String {
    guard heldOutCount > 0 else { return "" }
    let source = configuration.training.validation.fileName.map { " of \($0)" } ?? " after them"
    return " and \(grouped(heldOutCount)) held out\(source)"
  }

  /// What the user should know before training begins.
  var warnings: [String] {
    var warnings: [String] = []
    if configuration.architecture.directionsMeet {
      warnings.append(
        "a bidirectional model sees the character it predicts: its perplexity is no "
          + "measure, and what it generates repeats itself; --objective cloze trains one that "
          + "fills gaps")
    }
    return warnings
  }
}

/// What was chosen for a text, and how often it is read.
func choiceSummary(_ configuration: Configuration, characters: Int, readings: Double) -> String {
  let (architecture, training) = (configuration.architecture, configuration.training)
  let times = readings < 10 ? fixed(readings, decimals: 1) : fixed(readings, decimals: 0)
  let isShorter = readings >= Double(training.epochs)
  let time = training.maxMinutes.map {
    isShorter ? ", which takes less than \(shortest($0)) minutes" : " in \(shortest($0)) minutes"
  }
  return
    "chosen for this text: \(architecture.cell.rawValue.uppercased()) \(architecture.layers) x "
    + "\(architecture.hidden), dropout \(shortest(training.dropout)), recurrent dropout "
    + "\(shortest(training.recurrentDropout)): \(grouped(characters)) characters are read about "
    + "\(times) times\(time ?? "")"
}
