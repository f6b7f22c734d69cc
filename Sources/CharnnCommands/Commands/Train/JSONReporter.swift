import RecurrentLM

/// Reports to programs: one JSON object per line.
struct JSONReporter: TrainingReporter {
  /// Takes a line without its end.
  let write: (String) throws -> Void

  func begin(_ summary: String, _ event: JSONLine) throws { try write(event.text) }

  func progress(_ report: MinibatchReport) throws {
    guard let validation = report.validation else { return }
    var line = JSONLine()
    line.add("event", "validation")
    line.add("epoch", validation.epoch)
    line.add("validation_loss", validation.loss)
    try write(line.text)
  }

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    var line = JSONLine()
    line.add("event", "epoch")
    line.add("epoch", record.epoch)
    line.add("loss", record.loss)
    line.add("perplexity", record.perplexity)
    line.add("validation_loss", record.validationLoss)
    line.add("chars_per_second", charactersPerSecond.rounded())
    line.add("learning_rate", record.learningRate)
    line.add("gradient_norm", record.gradientNorm)
    line.add("seconds", seconds)
    try write(line.text)
  }

  func sample(_ epoch: Int, prompt: String, text: String) throws {
    var line = JSONLine()
    line.add("event", "sample")
    line.add("epoch", epoch)
    line.add("prompt", prompt)
    line.add("text", text)
    try write(line.text)
  }

  func checkpoint(_ path: String, epoch: Int) throws {
    var line = JSONLine()
    line.add("event", "checkpoint")
    line.add("path", path)
    line.add("epoch", epoch)
    try write(line.text)
  }

  func interrupted(_ epochs: Int, checkpoint: String?) throws {
    var line = JSONLine()
    line.add("event", "interrupted")
    line.add("epochs", epochs)
    line.add("checkpoint", checkpoint)
    try write(line.text)
  }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    var line = JSONLine()
    line.add("event", "done")
    line.add("epochs", trainer.progress.epochsDone)
    line.add("loss", trainer.loss)
    line.add("perplexity", trainer.loss.map(perplexity(ofLoss:)))
    line.add("validation_loss", trainer.keptValidation?.loss)
    line.add("validation_epoch", trainer.keptValidation?.epoch)
    line.add("chars_per_second", charactersPerSecond.rounded())
    line.add("checkpoint", checkpoint)
    line.add("parameters", parameters)
    line.add("kernels", InstructionSet.current.name)
    try write(line.text)
  }
}
