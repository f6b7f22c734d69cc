import RecurrentLM

/// Several reporters, each of which is told everything: one that shows it, and others that write files.
///
/// A file that cannot be written does not end the training: that is said once, and again at its end, as
/// an error.
final class TrainingReporters: TrainingReporter {
  private let shown: any TrainingReporter
  private let files: [any TrainingReporter]
  private let console: Console
  private var failures: [OutputFileError] = []

  init(_ shown: any TrainingReporter, files: [any TrainingReporter], _ console: Console) {
    self.shown = shown
    self.files = files
    self.console = console
  }

  /// The files first: standard output may be closed.
  private func tell(_ report: (any TrainingReporter) throws -> Void) throws {
    for file in files {
      do { try report(file) } catch let error as OutputFileError {
        guard !failures.contains(error) else { continue }
        failures.append(error)
        try console.warn("\(Failure(error).message); training goes on")
      }
    }
    try report(shown)
  }

  func begin(_ summary: String, _ event: JSONLine) throws {
    try tell { try $0.begin(summary, event) }
  }

  func progress(_ report: MinibatchReport) throws { try tell { try $0.progress(report) } }

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    try tell {
      try $0.epoch(record, seconds: seconds, charactersPerSecond: charactersPerSecond)
    }
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    try tell { try $0.sample(epoch, prompt: prompt, text: text) }
  }

  func checkpoint(_ path: String, epoch: Int) throws {
    try tell { try $0.checkpoint(path, epoch: epoch) }
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    try tell { try $0.interrupted(epochs, checkpoint: checkpoint) }
  }

  /// - Throws: the first of the errors of files, after all have been told.
  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    try tell {
      try $0.done(
        trainer, checkpoint: checkpoint, parameters: parameters,
        charactersPerSecond: charactersPerSecond)
    }
    if let failure = failures.first { throw failure }
  }
}
