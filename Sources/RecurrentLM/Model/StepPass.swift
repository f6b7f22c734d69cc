/// The way of one text through a model, a character at a time: what a `ForwardPass` of one step
/// computes, in an order of its own.
///
/// With one text the time goes into reading the weights, of which a core's second-level cache holds
/// only some. But the recurrent share of a step needs nothing except the state before it. So a layer
/// computes it twice in a row, for this step and, as soon as it is through, for the next; the second
/// time the weights are still in the cache. Neighbouring layers do so in turn.
///
/// Unchecked: the workers of the pool write disjoint parts.
final class StepPass: @unchecked Sendable {
  private let forward: ForwardPass
  private let pool: WorkerPool
  /// Steps since the state was zero.
  private var steps = 0

  /// - Parameter threads: at most so many; one that has no strip of units would only be waited for.
  /// - Throws: `InsufficientMemory`.
  init(_ model: LanguageModel, threads: Int) throws(InsufficientMemory) {
    forward = try ForwardPass(model, batch: 1, steps: 1)
    let strips = StripedMatrix.strips(columns: model.architecture.hidden)
    pool = WorkerPool(count: min(threads, strips))
    reset()
  }

  var model: LanguageModel { forward.model }

  /// By character, after `read`.
  var logits: [Float] { forward.logits(ofRow: 0) }

  /// Goes back to a zero state, and takes the parameters as they are now.
  func reset() {
    forward.resetState()
    steps = 0
    for pass in forward.passes.joined() {
      for strip in 0..<pass.slots.blocks(0..<forward.cell.gateCount).strips {
        forward.cell.setBias(ofStrip: strip, of: pass)
      }
    }
  }

  /// From the text's next character to the logits of the one after it.
  func read(_ id: Int32) {
    if steps > 0 { forward.turn() }
    forward.inputs.store([id])
    pool.run { [self] worker in run(worker) }
    steps += 1
  }

  private func run(_ worker: Worker) {
    forward.embed(worker)
    for (layer, passes) in forward.passes.enumerated() {
      let share = StepShare(of: worker, texts: 1, units: passes[0].units)
      run(layer: layer, passes, share, worker)
      worker.synchronize()
      if looksAhead(layer) {
        for pass in passes { begin(pass.turned, share) }
      }
    }
    forward.computeLogits(worker)
  }

  /// Whether a layer begins the next step in this one.
  private func looksAhead(_ layer: Int) -> Bool { (steps + layer).isMultiple(of: 2) }

  private func run(layer: Int, _ passes: [CellPass], _ share: StepShare, _ worker: Worker) {
    let hasBegun = steps > 0 && !looksAhead(layer)
    for (direction, pass) in passes.enumerated() {
      let read = forward.matrices(readBy: direction, layer: layer)
      forEachStrip(of: share, in: pass) { strip in
        let start = hasBegun ? pass.slots.strip(strip) : pass.bias(ofStrip: strip)
        forward.addInputs(read, to: pass, strip: strip, startingFrom: start)
      }
      forward.cell.forward(0, of: pass, share: share, hasRecurrentShare: hasBegun, worker: worker)
    }
    if forward.model.architecture.addsInput(layer: layer) {
      forward.addInput(toLayer: layer) { $0.columns(share.units) }
    }
  }

  /// Sets the pre-activations to all that does not depend on the step's character.
  private func begin(_ pass: CellPass, _ share: StepShare) {
    forEachStrip(of: share, in: pass) { strip in
      pass.slots.strip(strip).copy(from: pass.bias(ofStrip: strip))
    }
    for part in share.parts {
      forward.cell.addRecurrentShare(0, of: pass, part)
    }
  }

  /// The strips of all gates' pre-activations that belong to a share.
  private func forEachStrip(of share: StepShare, in pass: CellPass, _ body: (Int) -> Void) {
    for part in share.parts {
      for gate in 0..<forward.cell.gateCount {
        body(pass.slots.strip(part.strip, ofBlock: gate))
      }
    }
  }
}
