// Legend of shapes: T time steps, B batch, V vocabulary, E embedding, H hidden units, all widths
// padded to a multiple of 16. Row t · B + b of a (T·B, …) matrix is step t of text b.

/// The memory and the computation of one minibatch on its way from characters to losses.
///
/// Floats, with S slots of the cell (LSTM and GRU 4, RNN 1), D directions, L layers:
/// L · D · (T·B · S·H + (T + 1)·B · H · (1, LSTM: 2, and 1 if residual)) + T·B · V, the H of slots
/// and V padded to a multiple of 64 where above 32.
public final class ForwardPass: @unchecked Sendable {
  let model: LanguageModel
  public let batch: Int
  public let steps: Int
  let cell: any Cell
  /// By layer and direction.
  private(set) var passes: [[CellPass]]
  /// (T·B, E), where there is an embedding.
  let embedded: Matrix?
  /// (T·B, V); `crossEntropy` replaces them by their gradient.
  let logits: StripedMatrix
  /// (1, T·B) nats
  private let losses: Matrix
  let buffer: FloatBuffer
  let inputs: IdentifierBuffer
  let targets: IdentifierBuffer

  /// - Throws: `InsufficientMemory`.
  public init(_ model: LanguageModel, batch: Int, steps: Int) throws(InsufficientMemory) {
    let architecture = model.architecture
    let cell = architecture.cellRules
    let units = Matrix.padded(architecture.hidden)
    let vocabulary = Matrix.padded(model.vocabularySize)
    let rows = batch * steps

    var plan = BufferPlan()
    let slots = model.layout.cells.enumerated().map { layer, directions in
      directions.map { _ in
        PassSlots(
          &plan, cell, batch: batch, steps: steps, units: units,
          addsInput: architecture.addsInput(layer: layer))
      }
    }
    let embeddedSlot = model.layout.embedding.map { plan.append(rows: rows, columns: $0.columns) }
    let logitsSlot = plan.appendStriped(rows: rows, blockColumns: vocabulary)
    let lossesSlot = plan.append(rows: 1, columns: rows)
    let buffer = try FloatBuffer(plan, for: .activations, in: model.arena)

    self.model = model
    self.batch = batch
    self.steps = steps
    self.cell = cell
    self.buffer = buffer
    passes = zip(slots, model.layout.cells).map { layer, parameters in
      zip(layer, parameters).enumerated().map { direction, pair in
        CellPass(
          steps: steps, batch: batch, isReversed: direction == 1,
          slots: buffer[pair.0.slots], hidden: buffer[pair.0.hidden],
          memory: buffer[pair.0.memory], output: buffer[pair.0.output],
          weights: model.parameters[pair.1], bias: buffer[pair.0.bias])
      }
    }
    embedded = embeddedSlot.map { buffer[$0] }
    logits = buffer[logitsSlot]
    losses = buffer[lossesSlot]
    inputs = try IdentifierBuffer(count: rows, in: model.arena)
    targets = try IdentifierBuffer(count: rows, in: model.arena)
  }

  // MARK: State

  /// H, and C where the cell has it, of one layer and direction; `part` picks their rows.
  func stateMatrices(of pass: CellPass, _ part: (CellPass, Matrix) -> Matrix) -> [Matrix] {
    (cell.hasMemory ? [pass.hidden, pass.memory] : [pass.hidden]).map { part(pass, $0) }
  }

  /// The same of all layers and directions.
  func stateMatrices(_ part: (CellPass, Matrix) -> Matrix) -> [Matrix] {
    passes.joined().flatMap { stateMatrices(of: $0, part) }
  }

  /// The same of the direction that runs from the end to the start.
  func backwardStateMatrices(_ part: (CellPass, Matrix) -> Matrix) -> [Matrix] {
    passes.joined().filter(\.isReversed).flatMap { stateMatrices(of: $0, part) }
  }

  /// What state matrices hold, each (B, hidden) without padding.
  func values(of states: [Matrix]) -> [[Float]] {
    states.map { state in
      (0..<batch).flatMap { row in
        (0..<model.architecture.hidden).map { state[row, $0] }
      }
    }
  }

  /// Sets state matrices to what `values` gives.
  func store(_ values: [[Float]], in states: [Matrix]) {
    let hidden = model.architecture.hidden
    for (state, values) in zip(states, values) {
      for (index, value) in values.enumerated() { state[index / hidden, index % hidden] = value }
    }
  }

  /// Starts the texts from a zero state.
  public func resetState() {
    for state in stateMatrices({ $0.initialState($1) }) { state.fill(0) }
  }

  /// Lets the next minibatch continue where this one ended, or where one of `other` did. What
  /// comes after the next minibatch is not known: for a cloze its backward states start from zero.
  public func carryState(from other: ForwardPass? = nil) {
    let finalStates = (other ?? self).stateMatrices { $0.finalState($1) }
    for (state, final) in zip(stateMatrices { $0.initialState($1) }, finalStates) {
      state.copy(from: final)
    }
    if model.architecture.objective == .cloze {
      for state in backwardStateMatrices({ $0.initialState($1) }) { state.fill(0) }
    }
  }

  /// Lets the next minibatch of one step continue where this one ended. Unlike `carryState` it copies
  /// nothing: two states lie in memory, and before and after change places.
  func turn() {
    precondition(steps == 1, "a minibatch of one step")
    for layer in passes.indices {
      for (direction, pass) in passes[layer].enumerated() {
        passes[layer][direction] = pass.turned
      }
    }
  }

  // MARK: Computation

  /// From `inputs` to `logits`, the work of one worker among those that call this together. They
  /// must meet before one reads the logits.
  ///
  /// - Parameter meanwhile: work that waits for nothing here. Each worker calls it with the number of
  ///   each layer, when it is done with its own part of that layer's steps.
  func run(_ worker: Worker, meanwhile: (Int) -> Void = { _ in }) {
    embed(worker)
    for layer in passes.indices { run(layer: layer, worker, meanwhile: meanwhile) }
    computeLogits(worker)
  }

  /// Looks the inputs up in the embedding, if there is one; then the workers meet.
  func embed(_ worker: Worker) {
    guard let embedded, let table = model.layout.embedding else { return }
    let rows = worker.share(of: embedded.rows)
    embedded.rows(rows).gather(model.parameters[table], rows: inputs[rows], bias: nil)
    worker.synchronize()
  }

  private func run(layer: Int, _ worker: Worker, meanwhile: (Int) -> Void) {
    for (direction, pass) in passes[layer].enumerated() {
      let read = matrices(readBy: direction, layer: layer)
      pass.slots.blocks(0..<cell.gateCount).forEachStrip(sharedWith: worker) { strip in
        cell.setBias(ofStrip: strip, of: pass)
        addInputs(
          read, to: pass, strip: strip, startingFrom: pass.bias(ofStrip: strip))
      }
    }
    worker.synchronize()
    for pass in passes[layer] {
      let share = StepShare(of: worker, texts: batch, units: pass.units)
      for step in 0..<steps {
        if step > 0 { share.synchronize(worker) }
        cell.forward(
          pass.time(ofStep: step), of: pass, share: share, hasRecurrentShare: false, worker: worker)
      }
    }
    meanwhile(layer)
    worker.synchronize()
    if model.architecture.addsInput(layer: layer) {
      addInput(toLayer: layer) { $0.rows(worker.share(of: $0.rows)) }
      worker.synchronize()
    }
  }

  /// What a residual layer hands on; `part` picks a worker's part of states, before and after steps.
  func addInput(toLayer layer: Int, _ part: (Matrix) -> Matrix) {
    for (pass, below) in zip(passes[layer], passes[layer - 1]) {
      part(pass.output).setSum(part(pass.hidden), part(below.output))
    }
  }

  /// From the last layer's states to the logits, shared among the workers.
  func computeLogits(_ worker: Worker) {
    let weight = model.parameters[model.layout.outputWeight]
    let bias = model.parameters[model.layout.outputBias]
    for (index, source) in sources(layer: passes.count).enumerated() {
      logits.setProduct(
        source, weight.rows(block: index, of: source.columns),
        startingFrom: index == 0 ? .row(bias) : .itself, sharedWith: worker)
    }
  }

  /// start + X W_x of all steps into a strip of the pass's slots; X comes in blocks, or is one-hot if
  /// there are none.
  ///
  /// - Parameter row: the same start for all; of one step and one text it may be the strip itself.
  func addInputs(
    _ sources: ArraySlice<Matrix>, to pass: CellPass, strip index: Int,
    startingFrom row: Matrix
  ) {
    let (strip, weight) = (pass.slots.strip(index), pass.weights.input.strip(index))
    if sources.isEmpty { strip.gather(weight, rows: inputs.all, bias: row) }
    for (block, source) in sources.enumerated() {
      strip.setProduct(
        source, weight.rows(block: block, of: source.columns),
        startingFrom: block == 0 ? .row(row) : .itself)
    }
  }

  /// What a layer reads, each (T·B, …): the outputs of the layer below by direction, or the
  /// embedding; nothing where the input is one-hot. The output layer comes after the last.
  func sources(layer: Int) -> [Matrix] {
    guard layer > 0 else { return embedded.map { [$0] } ?? [] }
    return passes[layer - 1].map { statesRead($0.output, of: $0, by: layer) }
  }

  /// Which of a layer's sources a direction reads.
  func sources(readBy direction: Int, layer: Int) -> Range<Int> {
    layer == 0 || model.architecture.directionsMeet
      ? sources(layer: layer).indices : direction..<direction + 1
  }

  /// What a direction of a layer reads.
  func matrices(readBy direction: Int, layer: Int) -> ArraySlice<Matrix> {
    sources(layer: layer)[sources(readBy: direction, layer: layer)]
  }

  /// What `layer` reads of the states of a pass below it, (T·B, H): those after each step; the
  /// output layer of a cloze reads those before it, in the pass's direction, which have not yet seen
  /// its character.
  func statesRead(_ states: Matrix, of pass: CellPass, by layer: Int) -> Matrix {
    layer == passes.count && model.architecture.objective == .cloze
      ? pass.beforeSteps(states) : pass.afterSteps(states)
  }

  /// Replaces the logits by the gradient of the mean loss over the minibatch.
  func crossEntropy(_ worker: Worker) {
    worker.synchronize()
    let rows = worker.share(of: logits.rows)
    kernels.softmaxCrossEntropy(
      rows: rows.count, classes: model.vocabularySize,
      x: logits.rows(rows).base, xRow: logits.rowStride, xStrip: logits.stripStride,
      targets: targets[rows].base, scale: 1 / Float(logits.rows),
      losses: losses.base + rows.lowerBound)
    worker.synchronize()
  }

  /// The logits of row t · B + b by character, after `run`.
  func logits(ofRow row: Int) -> [Float] {
    Array(logits.values(ofRow: row).prefix(model.vocabularySize))
  }

  /// The loss of row t · B + b in nats, after `crossEntropy`.
  func loss(row: Int) -> Float { losses[0, row] }

  /// The sum of all losses in nats, after `crossEntropy`.
  func totalLoss() -> Double {
    (0..<logits.rows).reduce(0) { $0 + Double(loss(row: $1)) }
  }
}

/// The places of a `CellPass` in the flat buffer.
private struct PassSlots {
  let hidden, memory, output, bias: MatrixSlot
  let slots: StripedSlot

  init(
    _ plan: inout BufferPlan, _ cell: any Cell, batch: Int, steps: Int, units: Int,
    addsInput: Bool
  ) {
    slots = plan.appendStriped(rows: batch * steps, blockColumns: units, blocks: cell.slotCount)
    hidden = plan.append(rows: batch * (steps + 1), columns: units)
    memory = plan.append(rows: cell.hasMemory ? batch * (steps + 1) : 0, columns: units)
    output = addsInput ? plan.append(rows: batch * (steps + 1), columns: units) : hidden
    bias = plan.append(rows: 1, columns: cell.gateCount * units)
  }
}

/// Character numbers in memory that does not move.
final class IdentifierBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Int32>
  let count: Int
  private let arena: Arena

  /// - Throws: `InsufficientMemory`.
  init(count: Int, in arena: Arena) throws(InsufficientMemory) {
    self.count = count
    self.arena = arena
    base = try arena.take(count, for: .activations)
  }

  deinit { arena.giveBack(base, count, of: .activations) }

  /// A part of a buffer, which must outlive it.
  struct Slice {
    let base: UnsafeMutablePointer<Int32>
    let count: Int
  }

  var all: Slice { self[0..<count] }

  subscript(range: Range<Int>) -> Slice {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "numbers out of bounds")
    return Slice(base: base + range.lowerBound, count: range.count)
  }

  /// - Precondition: all values are in the range of the vocabulary.
  func store(_ values: [Int32]) {
    precondition(values.count == count, "a minibatch has \(count) characters")
    base.update(from: values, count: count)
  }
}

extension Matrix {
  /// Sets each row to the row of `table` that `ids` names, plus the bias.
  func gather(_ table: Matrix, rows ids: IdentifierBuffer.Slice, bias: Matrix?) {
    precondition(ids.count == rows && table.columns == columns, "gather of unfit shapes")
    kernels.gatherRows(
      rows: rows, columns: columns, table: table.base, tableRow: table.rowStride,
      ids: ids.base, bias: bias.map { UnsafePointer($0.base) }, y: base, yRow: rowStride)
  }

  /// The gradient of `gather`: each row of this table becomes the sum of the rows of `dY` for which
  /// `ids` names it, and `dBias` the sum of all.
  func setScatter(_ dY: Matrix, rows ids: IdentifierBuffer.Slice, dBias: Matrix?) {
    precondition(ids.count == dY.rows && dY.columns == columns, "scatter of unfit shapes")
    fill(0)
    dBias?.fill(0)
    kernels.scatterRows(
      rows: dY.rows, columns: columns, dY: dY.base, dYRow: dY.rowStride,
      ids: ids.base, table: base, tableRow: rowStride, dBias: dBias?.base)
  }
}
