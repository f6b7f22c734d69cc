import Testing

@testable import RecurrentLM

/// Clipping, SGD and Adam as they are written down, in Double.
private struct NaiveOptimizer {
  let kind: OptimizerKind
  let clip: Double
  let decay: Double
  /// Whose values decay.
  let decays: Range<Int>
  var parameters: [Double]
  var means: [Double]
  var squares: [Double]

  mutating func update(_ gradients: [Double], rate: Double, number: Int) -> Double {
    let norm = gradients.reduce(0) { $0 + $1.squared }.squareRoot()
    var (firstPower, secondPower) = (1.0, 1.0)
    for _ in 0..<number {
      firstPower *= 0.9
      secondPower *= 0.999
    }
    for index in parameters.indices {
      let g = clip > 0 && norm > clip ? gradients[index] * clip / norm : gradients[index]
      if decays.contains(index) { parameters[index] *= 1 - rate * decay }
      switch kind {
      case .sgd: parameters[index] -= rate * g
      case .adam, .adamw:
        means[index] = 0.9 * means[index] + 0.1 * g
        squares[index] = 0.999 * squares[index] + 0.001 * g * g
        parameters[index] -=
          rate * (means[index] / (1 - firstPower))
          / ((squares[index] / (1 - secondPower)).squareRoot() + 1e-8)
      }
    }
    return norm
  }
}

extension FloatBuffer {
  fileprivate convenience init(_ values: [Double]) {
    self.init(count: values.count)
    set(values)
  }

  fileprivate func set(_ values: [Double]) {
    for (index, value) in values.enumerated() { base[index] = Float(value) }
  }

}

@Suite struct OptimizerTests {
  /// More than two of the pieces by which the norm is summed, and a part of one.
  private let count = 2 * 4096 + 160
  private let decaying = 32..<4096

  private func optimizer(
    _ kind: OptimizerKind, clip: Double, _ parameters: FloatBuffer, _ gradients: FloatBuffer,
    decay: Double? = nil
  ) throws -> Optimizer {
    var options = TrainingOptions()
    options.optimizer = kind
    options.clip = clip
    options.weightDecay = decay
    let runs = [(0..<32, false), (decaying, true), (decaying.upperBound..<count, false)]
    return try Optimizer(
      options, parameters: parameters, gradients: gradients,
      runs: runs.map { ParameterRun(range: $0, decays: $1) }, arena: Arena())
  }

  private func update(
    _ optimizer: Optimizer, rate: Double, number: Int, on pool: WorkerPool
  ) -> [Double] {
    pool.collect { optimizer.update(rate: rate, number: number, $0) }
  }

  @Test(arguments: OptimizerKind.allCases, [0, 0.5, 1e6])
  func updatesAreThoseOfTheFormulas(_ kind: OptimizerKind, _ clip: Double) throws {
    var generator = RandomGenerator(seed: 1)
    func draw() -> [Double] { (0..<count).map { _ in generator.normal() } }
    // Small parameters, in which Float can hold small movements.
    let start = draw().map { Double(Float(0.01 * $0)) }
    let zeros = [Double](repeating: 0, count: count)
    var naive = NaiveOptimizer(
      kind: kind, clip: clip, decay: kind == .adam ? 0 : 3, decays: decaying, parameters: start,
      means: zeros, squares: zeros)
    let (parameters, gradients) = (FloatBuffer(start), FloatBuffer(zeros))
    let optimizer = try optimizer(
      kind, clip: clip, parameters, gradients, decay: kind == .adam ? nil : 3)
    let pool = WorkerPool(count: 3)
    for number in 1...5 {
      let values = draw().map { Double(Float($0)) }
      gradients.set(values)
      let expected = naive.update(values, rate: 0.01, number: number)
      for norm in update(optimizer, rate: 0.01, number: number, on: pool) {
        #expect(abs(norm / expected - 1) < 1e-6)
      }
    }
    let moved = zip(parameters.values, start).map { Float(Double($0) - $1) }
    let expected = zip(naive.parameters, start).map { Float($0 - $1) }
    #expect(relativeError(moved, expected) < 1e-5)
    if kind != .sgd {
      #expect(relativeError(optimizer.moments[0].values, naive.means.map { Float($0) }) < 1e-6)
      // 1 - 0.999 is 1.3e-5 off in Float.
      #expect(relativeError(optimizer.moments[1].values, naive.squares.map { Float($0) }) < 2e-5)
    }
  }

  @Test(arguments: OptimizerKind.allCases, [Double.nan, .infinity])
  func aGradientThatIsNotFiniteChangesNothing(_ kind: OptimizerKind, _ value: Double) throws {
    var gradient = [Double](repeating: 1, count: count)
    gradient[count - 1] = value
    let parameters = FloatBuffer([Double](repeating: 2, count: count))
    let optimizer = try optimizer(kind, clip: 1, parameters, FloatBuffer(gradient))
    for norm in update(optimizer, rate: 1, number: 1, on: WorkerPool(count: 2)) {
      #expect(!norm.isFinite)
    }
    #expect(parameters.values.allSatisfy { $0 == 2 })
    #expect(optimizer.moments.allSatisfy { $0.values.allSatisfy { $0 == 0 } })
  }

  @Test(arguments: OptimizerKind.allCases)
  func theNumberOfThreadsDoesNotChangeAnUpdate(_ kind: OptimizerKind) throws {
    var generator = RandomGenerator(seed: 1)
    let values = (0..<count).map { _ in generator.normal() }
    let results = try (1...4).map { threads in
      let parameters = FloatBuffer(values)
      let optimizer = try optimizer(kind, clip: 0.5, parameters, FloatBuffer(values.reversed()))
      let norms = update(optimizer, rate: 0.1, number: 1, on: WorkerPool(count: threads))
      #expect(Set(norms).count == 1)
      return parameters.values + [Float(norms[0])]
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
