import KernelOperands

/// Clipping by the global norm, then SGD or Adam with or without weight decay, over the flat buffers.
final class Optimizer: @unchecked Sendable {
  let kind: OptimizerKind
  /// The largest global norm of a gradient; 0: any.
  private let clip: Double
  private let weightDecay: Double
  /// The whole of the buffers in order.
  private let runs: [ParameterRun]
  private let parameters: FloatBuffer
  private let gradients: FloatBuffer
  /// In the places of the parameters, what `momentNames` names: Adam's running means of g and g².
  let moments: [FloatBuffer]
  private let partialSums: UnsafeMutableBufferPointer<Double>

  /// Squares are summed by pieces of this many floats and the pieces in order, so that the norm
  /// does not depend on the number of threads.
  private static let piece = 4096
  private static let beta1 = 0.9
  private static let beta2 = 0.999

  /// - Throws: `InsufficientMemory`.
  init(
    _ options: TrainingOptions, parameters: FloatBuffer, gradients: FloatBuffer,
    runs: [ParameterRun], arena: Arena
  ) throws(InsufficientMemory) {
    kind = options.optimizer
    clip = options.clip
    weightDecay = options.effectiveWeightDecay
    self.runs = runs
    self.parameters = parameters
    self.gradients = gradients
    moments = try Optimizer.momentNames(of: kind).map { _ throws(InsufficientMemory) in
      try FloatBuffer(count: parameters.count, for: .parameters, in: arena)
    }
    let pieces = (parameters.count + Optimizer.piece - 1) / Optimizer.piece
    partialSums = .allocate(capacity: pieces)
    partialSums.initialize(repeating: 0)
  }

  deinit { partialSums.deallocate() }

  /// What an optimiser keeps for each parameter.
  static func momentNames(of kind: OptimizerKind) -> [String] {
    switch kind {
    case .sgd: []
    case .adam, .adamw: ["mean", "square"]
    }
  }

  /// The norm of the gradient, to which each worker adds its part; all get the whole.
  private func gradientNorm(_ worker: Worker) -> Double {
    for index in worker.range(of: partialSums.count) {
      let first = index * Optimizer.piece
      partialSums[index] = kernels.sumOfSquares(
        count: min(Optimizer.piece, gradients.count - first), x: gradients.base + first)
    }
    worker.synchronize()
    return partialSums.reduce(0, +).squareRoot()
  }

  /// One update, the work of one worker among those that call this together.
  ///
  /// - Parameters:
  ///   - rate: the learning rate.
  ///   - number: counts the updates, from 1.
  /// - Returns: the norm of the gradient before clipping. Where it is not finite, nothing changes.
  func update(rate: Double, number: Int, _ worker: Worker) -> Double {
    let norm = gradientNorm(worker)
    guard norm.isFinite else { return norm }
    let scale = Float(clip > 0 && norm > clip ? clip / norm : 1)
    let mine = worker.range(of: parameters.count, multipleOf: 16)
    for run in runs {
      let range = run.range.clamped(to: mine)
      let decay = Float(run.decays ? 1 - rate * weightDecay : 1)
      update(range, rate: rate, number: number, scale: scale, decay: decay)
    }
    worker.synchronize()
    return norm
  }

  /// One update of some of the parameters.
  private func update(_ range: Range<Int>, rate: Double, number: Int, scale: Float, decay: Float) {
    let p = parameters.base + range.lowerBound
    let g = UnsafePointer(gradients.base + range.lowerBound)
    switch kind {
    case .sgd:
      kernels.sgdUpdate(
        count: range.count, p: p, g: g, rate: Float(rate), scale: scale, decay: decay)
    case .adam, .adamw:
      let correction = 1 - power(Optimizer.beta1, number)
      let squareCorrection = 1 - power(Optimizer.beta2, number)
      kernels.adamUpdate(
        count: range.count, p: p, g: g, m: moments[0].base + range.lowerBound,
        v: moments[1].base + range.lowerBound,
        AdamFactors(
          scale: scale, rate: Float(rate / correction),
          rootCorrection: Float(1 / squareCorrection.squareRoot()),
          beta1: Float(Optimizer.beta1), beta2: Float(Optimizer.beta2), epsilon: 1e-8,
          decay: decay))
    }
  }

  /// By squaring, so that the result is the same on every platform's mathematics library.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
