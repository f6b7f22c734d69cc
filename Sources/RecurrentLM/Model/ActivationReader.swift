/// What the units of a network have in one time step.
public struct StepActivations {
  fileprivate let network: Network
  fileprivate let time: Int

  /// By unit.
  ///
  /// - Parameter direction: 0, or 1 for the one that runs from the end to the start.
  public func values(_ signal: CellSignal, layer: Int, direction: Int = 0) -> [Float] {
    network.values(signal, layer: layer, direction: direction, time: time)
  }
}

extension Network {
  /// By unit, what the first sequence has after the step at `time`; after `forward`.
  func values(_ signal: CellSignal, layer: Int, direction: Int, time: Int) -> [Float] {
    precondition(gradients == nil, "on the way back, gates become gradients")
    let place = layers[layer].directions[direction]
    let row =
      switch signal.source {
      case .block(let block): place.blocks.block(block).values(ofRow: time * batch)
      case .hidden: place.hidden.after(time).values(ofRow: 0)
      case .cellState: place.cellState?.after(time).values(ofRow: 0).map { tanh($0) } ?? []
      }
    return Array(row.prefix(model.architecture.hidden))
  }
}

/// Reads a text, and reports what the units of the network do with it. The model must not change
/// meanwhile.
public final class ActivationReader {
  private let model: LanguageModel
  private let pool: WorkerPool
  private let window: Int

  /// - Parameter threads: the result does not depend on their number.
  public convenience init(_ model: LanguageModel, threads: Int) {
    self.init(model, threads: threads, window: 512)
  }

  /// - Parameter window: characters that are computed at a time; it does not change the result.
  init(_ model: LanguageModel, threads: Int, window: Int) {
    self.model = model
    self.window = window
    pool = WorkerPool(count: threads)
  }

  /// Reads a text from a zero state. The memory is that of a `Network` over 512 characters, or over the
  /// whole text where it is read in both directions.
  ///
  /// - Parameter onStep: is handed each position in the text, and the activations once the character
  ///   there has been read: by the direction that runs backward, after all characters that follow.
  /// - Throws: `InsufficientMemory`, and what `onStep` throws.
  public func read(_ text: [Int32], onStep: (Int, StepActivations) throws -> Void) throws {
    precondition(model.knows(text), "a text of another vocabulary")
    guard let last = text.last else { return }
    let length = model.architecture.bidirectional ? text.count : min(window, text.count)
    let network = try Network(model, batch: 1, steps: length)
    pool.run { [network] worker in network.takeParameters(worker) }
    for start in stride(from: 0, to: text.count, by: length) {
      let part = text[start..<min(start + length, text.count)]
      if start > 0 { network.carryState() }
      // Whatever fills the last window up comes after all that is looked at.
      network.tokens.store(Array(part) + [Int32](repeating: last, count: length - part.count))
      pool.run { [network] worker in network.forward(worker) }
      for time in 0..<part.count {
        try onStep(start + time, StepActivations(network: network, time: time))
      }
    }
  }
}
