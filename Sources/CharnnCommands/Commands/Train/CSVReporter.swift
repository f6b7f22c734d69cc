import RecurrentLM

/// Reports each epoch to a table: a line of comma-separated values, below one that names them.
struct CSVReporter: TrainingReporter {
  static let header =
    "epoch,loss,perplexity,validation_loss,chars_per_second,learning_rate,gradient_norm,seconds"
  /// Takes a line without its end.
  let write: (String) throws -> Void

  func epoch(_ record: EpochRecord, seconds: Double, charactersPerSecond: Double) throws {
    let values = [
      record.loss, record.perplexity, record.validationLoss, charactersPerSecond.rounded(),
      record.learningRate, record.gradientNorm, seconds,
    ]
    // A number that is none is an empty field, as in JSON it is null.
    let fields = values.map { value in
      value.flatMap { $0.isFinite ? shortest($0) : nil } ?? ""
    }
    try write(([String(record.epoch)] + fields).joined(separator: ","))
  }
}
