/// Reads sequences side by side, a token of each at a time.
///
/// Unchecked: the workers of the pool write disjoint parts.
final class StepReader: @unchecked Sendable {
  let network: Network
  private let pool: WorkerPool
  /// Since the state was zero.
  private var steps = 0

  /// - Parameters:
  ///   - batch: how many sequences.
  ///   - threads: at most so many; one that has no panel of units would only be waited for.
  /// - Throws: `InsufficientMemory`.
  init(_ model: LanguageModel, batch: Int = 1, threads: Int) throws(InsufficientMemory) {
    network = try Network(model, batch: batch, steps: 1)
    let panels = PanelMatrix.panels(columns: model.architecture.hidden)
    pool = WorkerPool(count: min(threads, panels))
    reset()
  }

  var model: LanguageModel { network.model }

  /// Those of the only sequence.
  var logits: [Float] { logits(ofSequence: 0) }

  /// By token, after `read`. They do not depend on the sequences beside it.
  func logits(ofSequence index: Int) -> [Float] { network.logits(ofRow: index) }

  /// Goes back to a zero state, and takes the parameters as they are now.
  func reset() {
    network.resetState()
    steps = 0
    pool.run { [network] worker in network.takeParameters(worker) }
  }

  /// From the next token of all sequences to the logits of the one after it.
  func read(_ id: Int32) { read([Int32](repeating: id, count: network.batch)) }

  /// From each sequence's next token to the logits of the one after it.
  func read(_ ids: [Int32]) {
    if steps > 0 { network.swapStates() }
    network.tokens.store(ids)
    pool.run { [network, steps] worker in network.step(steps, worker) }
    steps += 1
  }
}
