/// The memory and the computation of the gradients of one minibatch: backpropagation through the T
/// steps of a `ForwardPass` (truncated there: nothing flows into the minibatch before;
/// Williams and Peng 1990, doi:10.1162/neco.1990.2.4.490).
///
/// Floats, with the letters of `ForwardPass` and I the inputs of a layer (none if one-hot):
/// L · D · ((T + 1)·B · H + gates · H · (H + I) + (LSTM: B · H)) + D · (T + 1)·B · max(H, E) · 2
/// + (T·B · H · D if the reset gate acts before) + T·B · E + V · D · H, and as many as parameters.
public final class BackwardPass: @unchecked Sendable {
  private let forward: ForwardPass
  /// The gradient of every parameter, in the places of the parameters.
  let gradients: FloatBuffer
  /// By layer and direction.
  private let cells: [[CellGradients]]
  /// By layer and direction, (gates · H, inputs), a block each source of inputs; nil where the
  /// layer's input is one-hot.
  private let inputWeightsTransposed: [[StripedMatrix?]]
  /// (V, directions · H), a block each direction
  private let outputWeightTransposed: StripedMatrix
  private let leftFactors: LeftFactors
  /// (T·B, E)
  private let dEmbedded: Matrix?
  private let buffer: FloatBuffer

  /// - Throws: `InsufficientMemory`.
  public init(_ forward: ForwardPass) throws(InsufficientMemory) {
    let layout = forward.model.layout
    let hasMemory = forward.cell.hasMemory
    var plan = BufferPlan()
    func appendTransposed(_ slot: StripedSlot, blocks: Int = 1) -> StripedSlot {
      plan.appendStriped(
        rows: slot.columns, blockColumns: slot.rows / blocks, blocks: blocks)
    }
    let stateSlots = forward.passes.map { layer in
      layer.map { pass in
        (
          dHidden: plan.append(rows: pass.hidden.rows, columns: pass.units),
          dMemory: plan.append(rows: hasMemory ? pass.batch : 0, columns: pass.units)
        )
      }
    }
    let hiddenSlots = layout.cells.map { $0.map { appendTransposed($0.hiddenWeight) } }
    let inputSlots: [[StripedSlot?]] = layout.cells.enumerated().map { layer, directions in
      directions.enumerated().map { direction, parameters in
        let sources = forward.sources(readBy: direction, layer: layer).count
        return sources == 0 ? nil : appendTransposed(parameters.inputWeight, blocks: sources)
      }
    }
    let outputSlot = appendTransposed(
      layout.outputWeight, blocks: forward.model.architecture.directions)
    let embeddedSlot = forward.embedded.map { plan.append(rows: $0.rows, columns: $0.columns) }
    let leftFactorSlots = LeftFactorSlots(&plan, of: forward)
    let arena = forward.model.arena
    let buffer = try FloatBuffer(plan, for: .activations, in: arena)
    let gradients = try FloatBuffer(layout.plan, for: .parameters, in: arena)

    self.forward = forward
    self.buffer = buffer
    self.gradients = gradients
    cells = layout.cells.indices.map { layer in
      layout.cells[layer].indices.map { direction in
        let state = stateSlots[layer][direction]
        return CellGradients(
          dHidden: buffer[state.dHidden], dMemory: buffer[state.dMemory],
          hiddenWeightTransposed: buffer[hiddenSlots[layer][direction]],
          weights: gradients[layout.cells[layer][direction]])
      }
    }
    inputWeightsTransposed = inputSlots.map { $0.map { $0.map { buffer[$0] } } }
    outputWeightTransposed = buffer[outputSlot]
    leftFactors = LeftFactors(leftFactorSlots, in: buffer, of: forward)
    dEmbedded = embeddedSlot.map { buffer[$0] }
  }

  /// A gradient's values in PyTorch's order.
  func values(of parameter: Parameter) -> [Float] { parameter.values(in: gradients) }

  /// Brings the weights of `layer`, and of the output layer with the last, into the form in which
  /// gradients flow back through them: to be done by all workers before `run`. Needs no other result
  /// of the minibatch.
  func transposeWeights(ofLayer layer: Int, _ worker: Worker) {
    let model = forward.model
    for (direction, pass) in forward.passes[layer].enumerated() {
      cells[layer][direction].hiddenWeightTransposed.copyTransposed(
        from: pass.weights.hidden, sharedWith: worker)
      inputWeightsTransposed[layer][direction]?.copyTransposed(
        from: pass.weights.input, sharedWith: worker)
    }
    if layer == cells.count - 1 {
      outputWeightTransposed.copyTransposed(
        from: model.parameters[model.layout.outputWeight], sharedWith: worker)
    }
  }

  /// From the gradient of the logits to `gradients`, the work of one worker among those that call
  /// this together.
  ///
  /// A layer's weights get their gradients only after the steps of the layer below: no step waits for
  /// them, so they are there for whoever is done with its own steps first.
  func run(_ worker: Worker) {
    leftFactors.transposeSources(ofLayer: forward.passes.count, worker)
    outputSourceGradients(worker)
    worker.synchronize()
    for layer in forward.passes.indices.reversed() {
      if forward.model.architecture.addsInput(layer: layer) { passOn(layer, worker) }
      for (pass, gradients) in zip(forward.passes[layer], cells[layer]) {
        goBackThroughTime(pass, gradients, worker)
      }
      weightGradients(ofLayer: layer + 1, worker)
      worker.synchronize()
      leftFactors.transposeOperands(ofLayer: layer, worker)
      leftFactors.transposeSources(ofLayer: layer, worker)
      sourceGradients(ofLayer: layer, worker)
      worker.synchronize()
    }
    weightGradients(ofLayer: 0, worker)
    if let dEmbedded, let slot = forward.model.layout.embedding {
      worker.forEachPart(of: dEmbedded.columns, length: StripedMatrix.stripWidth) { columns in
        gradients[slot].columns(columns).setScatter(
          dEmbedded.columns(columns), rows: forward.inputs.all, dBias: nil)
      }
    }
    worker.synchronize()
  }

  /// The gradient of a residual layer's output is also that of the input that was added to it.
  private func passOn(_ layer: Int, _ worker: Worker) {
    for (above, below) in zip(cells[layer], cells[layer - 1]) {
      let rows = worker.share(of: above.dHidden.rows)
      below.dHidden.rows(rows).copy(from: above.dHidden.rows(rows))
    }
    worker.synchronize()
  }

  private func goBackThroughTime(_ pass: CellPass, _ gradients: CellGradients, _ worker: Worker) {
    let share = StepShare(of: worker, texts: pass.batch, units: pass.units)
    if forward.cell.hasMemory { gradients.dMemory.part(share).fill(0) }
    // What reaches the state before the minibatch goes nowhere; it must only stay finite.
    pass.initialState(gradients.dHidden).part(share).fill(0)
    for step in (0..<pass.steps).reversed() {
      forward.cell.backward(
        pass.time(ofStep: step), of: pass, gradients, share: share, worker: worker)
    }
  }

  // MARK: Gradients of what layers read

  /// dH of the top layer.
  private func outputSourceGradients(_ worker: Worker) {
    let top = forward.passes.count - 1
    for (index, pass) in forward.passes[top].enumerated() {
      let dHidden = cells[top][index].dHidden
      // A cloze does not read the last state.
      if forward.model.architecture.objective == .cloze && worker.index == 0 {
        pass.finalState(dHidden).fill(0)
      }
      forward.statesRead(dHidden, of: pass, by: top + 1).setProduct(
        forward.logits, outputWeightTransposed.block(index), sharedWith: worker)
    }
  }

  private func sourceGradients(ofLayer layer: Int, _ worker: Worker) {
    let dSources = dSources(layer: layer)
    for (direction, pass) in forward.passes[layer].enumerated() {
      guard let weight = inputWeightsTransposed[layer][direction] else { continue }
      let dGates = pass.slots.blocks(0..<forward.cell.gateCount)
      for (block, source) in forward.sources(readBy: direction, layer: layer).enumerated() {
        dSources[source].setProduct(
          dGates, weight.block(block),
          startingFrom: sourceHasGradient(layer: layer, direction: direction) ? .itself : .zero,
          sharedWith: worker)
      }
    }
  }

  /// Where the gradients of a layer's sources go, each (T·B, …).
  private func dSources(layer: Int) -> [Matrix] {
    guard layer > 0 else { return dEmbedded.map { [$0] } ?? [] }
    return zip(forward.passes[layer - 1], cells[layer - 1]).map { $0.afterSteps($1.dHidden) }
  }

  /// Whether a source has a share of its gradient before that of a cell is added: from the sum with
  /// the layer's output, or from the direction that read it first.
  private func sourceHasGradient(layer: Int, direction: Int) -> Bool {
    let architecture = forward.model.architecture
    let isShared = layer == 0 || architecture.directionsMeet
    return architecture.addsInput(layer: layer) || (isShared && direction > 0)
  }

  // MARK: Gradients of weights

  /// The output layer comes after the last.
  private func weightGradients(ofLayer layer: Int, _ worker: Worker) {
    guard layer < forward.passes.count else { return outputWeightGradients(worker) }
    for (direction, pass) in forward.passes[layer].enumerated() {
      forward.cell.weightGradients(
        of: pass, cells[layer][direction],
        operands: leftFactors.operands(ofLayer: layer, direction: direction), worker: worker)
      inputWeightGradients(layer, direction, worker)
    }
  }

  private func outputWeightGradients(_ worker: Worker) {
    let layout = forward.model.layout
    for (index, pass) in forward.passes[forward.passes.count - 1].enumerated() {
      gradients[layout.outputWeight].rows(block: index, of: pass.units).setProduct(
        leftFactors.source(index, ofLayer: forward.passes.count), forward.logits,
        columnSums: index == 0 ? gradients[layout.outputBias] : nil, sharedWith: worker)
    }
  }

  private func inputWeightGradients(_ layer: Int, _ direction: Int, _ worker: Worker) {
    let dGates = forward.passes[layer][direction].slots.blocks(0..<forward.cell.gateCount)
    let weights = cells[layer][direction].weights
    let sources = forward.sources(readBy: direction, layer: layer)
    dGates.forEachStrip(sharedWith: worker) { index in
      let (strip, weight) = (dGates.strip(index), weights.input.strip(index))
      let bias = weights.inputBias.columns(dGates.columns(ofStrip: index))
      if sources.isEmpty {
        weight.setScatter(strip, rows: forward.inputs.all, dBias: bias)
      }
      for (block, source) in sources.enumerated() {
        let factor = leftFactors.source(source, ofLayer: layer)
        weight.rows(block: block, of: factor.rows).setProduct(
          factor, strip, columnSums: block == 0 ? bias : nil)
      }
    }
  }
}
