/// How the learning rate changes in the course of training.
public enum Schedule: String, Codable, CaseIterable, Sendable {
  case constant
  /// Half a cosine, from the full rate to zero (Loshchilov and Hutter 2017, arXiv:1608.03983).
  case cosine
  /// A tenth of the rate from the middle on, a hundredth from three quarters on (He et al. 2016,
  /// doi:10.1109/CVPR.2016.90).
  case step

  /// What is left of the learning rate.
  ///
  /// - Parameter fraction: of the whole training, how much is done: 0...1.
  func factor(at fraction: Double) -> Double {
    switch self {
    case .constant: 1
    case .cosine: (1 + cos(.pi * fraction)) / 2
    case .step: fraction < 0.5 ? 1 : fraction < 0.75 ? 0.1 : 0.01
    }
  }
}

extension TrainingOptions {
  /// The learning rate of an update: it rises in `warmup` equal steps to what the schedule gives.
  ///
  /// - Parameters:
  ///   - number: counts the updates, from 1.
  ///   - fraction: of the whole training, how much is done.
  func learningRate(ofUpdate number: Int, at fraction: Double) -> Double {
    let rise = number < warmup ? Double(number) / Double(warmup) : 1
    return effectiveLearningRate * schedule.factor(at: min(fraction, 1)) * rise
  }
}
