/// Reads one sequence, a token at a time.
///
/// Unchecked: the workers of the pool write disjoint parts.
final class StepReader: @unchecked Sendable {
  let network: Network
  private let pool: WorkerPool
  /// Since the state was zero.
  private var steps = 0

  /// - Parameter threads: at most so many; one that has no panel of units would only be waited for.
  /// - Throws: `InsufficientMemory`.
  init(_ model: LanguageModel, threads: Int) throws(InsufficientMemory) {
    network = try Network(model, batch: 1, steps: 1)
    let panels = PanelMatrix.panels(columns: model.architecture.hidden)
    pool = WorkerPool(count: min(threads, panels))
    reset()
  }

  var model: LanguageModel { network.model }

  /// By token, after `read`.
  var logits: [Float] { network.logits(ofRow: 0) }

  /// Goes back to a zero state, and takes the parameters as they are now.
  func reset() {
    network.resetState()
    steps = 0
    for layer in network.layers { layer.updateBiases() }
  }

  /// From the sequence's next token to the logits of the one after it.
  func read(_ id: Int32) {
    if steps > 0 { network.swapStates() }
    network.tokens.store([id])
    pool.run { [network, steps] worker in network.step(steps, worker) }
    steps += 1
  }
}
