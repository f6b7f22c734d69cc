import RecurrentLM

/// Several reporters, each of which is told everything.
struct TrainingReporters: TrainingReporter {
  let all: [any TrainingReporter]

  func begin(_ summary: String, _ event: JSONLine) throws {
    for reporter in all { try reporter.begin(summary, event) }
  }

  func progress(_ report: MinibatchReport) throws {
    for reporter in all { try reporter.progress(report) }
  }

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    for reporter in all {
      try reporter.epoch(record, seconds: seconds, charactersPerSecond: charactersPerSecond)
    }
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    for reporter in all { try reporter.sample(epoch, prompt: prompt, text: text) }
  }

  func checkpoint(_ path: String, epoch: Int) throws {
    for reporter in all { try reporter.checkpoint(path, epoch: epoch) }
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    for reporter in all { try reporter.interrupted(epochs, checkpoint: checkpoint) }
  }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    for reporter in all {
      try reporter.done(
        trainer, checkpoint: checkpoint, parameters: parameters,
        charactersPerSecond: charactersPerSecond)
    }
  }
}
