import RecurrentLM

/// Draws the curves of a training as a picture, again with each checkpoint.
struct PlotReporter: TrainingReporter {
  let file: ReportFile
  let trainer: Trainer

  private func draw(_ name: String) throws {
    let progress = trainer.progress
    let curve = LearningCurve(
      progress.history, best: progress.bestValidation,
      measure: trainer.model.architecture.objective.measure)
    try file.write(curvePicture([(name: name, curve: curve)]))
  }

  func checkpoint(_ path: String, epoch: Int) throws { try draw(path) }

  func done(
    _ trainer: Trainer, checkpoint: String, parameters: Int, charactersPerSecond: Double
  ) throws {
    try draw(checkpoint)
  }
}
