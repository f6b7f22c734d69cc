import KernelOperands

/// Computes the updates of a model: its network with gradients, and the optimiser.
struct TrainingStep {
  let network: Network
  let optimizer: Optimizer
  /// From which, with the number of an update, its masks of dropout follow.
  private let seed: UInt64

  /// Sets the model's precision to that of the options, and its order of pairs.
  ///
  /// - Throws: `InsufficientMemory`.
  init(_ model: LanguageModel, _ options: TrainingOptions) throws(InsufficientMemory) {
    seed = options.seed
    model.precision = options.precision
    model.pairOrder = options.effectivePairOrder
    network = try Network(
      model, batch: options.batch, steps: options.steps, trains: true, dropout: options.dropouts)
    guard let gradients = network.gradients else {
      preconditionFailure("a network that trains has gradients")
    }
    optimizer = try Optimizer(
      options, parameters: model.parameters, gradients: gradients, runs: model.layout.decayRuns,
      arena: model.arena)
  }

  /// Forward, backward and update of the minibatch that the network holds; the last two only where the
  /// loss is a finite number.
  ///
  /// - Parameters:
  ///   - rate: the learning rate.
  ///   - number: counts the updates, from 1.
  /// - Returns: the sum of the losses, in nats, and the norm of the gradient before clipping.
  func run(rate: Double, number: Int, on pool: WorkerPool) -> (loss: Double, norm: Double) {
    let norm = Shared(0.0)
    network.maskSeed = mixed(seed) &+ UInt64(number)
    pool.run { [network, optimizer] worker in
      network.takeParameters(worker)
      network.forward(worker)
      let dLogits = network.crossEntropy(worker)
      guard network.totalLoss().isFinite else { return }
      network.backward(from: dLogits, worker)
      let whole = optimizer.update(rate: rate, number: number, worker)
      if worker.index == 0 { norm.value = whole }
    }
    return (network.totalLoss(), norm.value)
  }

  /// Whether parameters, moments and the state after the minibatch are finite numbers.
  var isFinite: Bool {
    ([network.model.parameters] + optimizer.moments).allSatisfy(\.isFinite)
      && network.states.map(\.final).allSatisfy(\.isFinite)
  }
}

/// A value that one worker sets and the caller reads when all have finished.
private final class Shared<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
