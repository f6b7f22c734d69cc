import RecurrentLM

extension TrainingSetup {
  /// One line that says what is trained on what, and how.
  var summary: String {
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
  ///
  /// - Parameter threads: as many were asked for.
  func warnings(threads: Int) -> [String] {
    var warnings: [String] = []
    if trainer.threads < min(threads, availableProcessorCount) {
      warnings.append(
        "note: the system starts no more than \(counted(trainer.threads, "thread")) here")
    }
    if configuration.architecture.directionsMeet {
      warnings.append(
        "warning: a bidirectional model sees the character it predicts: its perplexity is no "
          + "measure, and what it generates repeats itself; --objective cloze trains one that "
          + "fills gaps")
    }
    return warnings
  }
}
