import KernelOperands

/// One direction of a recurrent layer on the way forward: its weights, and what T steps of B sequences
/// leave behind. A class, for the same reason as `NetworkLayers`.
///
/// Floats: T·B · blocks · H + (T + 1)·B · H · (LSTM: 2, else 1), with recurrent dropout gates · H · H, the H of the blocks padded to a multiple
/// of 64 where above 32. In bfloat16, (T + 1)·B · H / 2 besides, and with recurrent dropout gates · H · H / 2.
final class LayerDirection: Sendable {
  let cell: any Cell
  let weights: RecurrentWeights
  let order: TimeOrder
  /// (T·B, blocks · H) pre-activations, then gates; on the way back their gradients.
  let blocks: PanelMatrix
  /// (T·B, gates · H) the first of them.
  let gates: PanelMatrix
  let hidden: States
  /// C; nil where the cell has none.
  let cellState: States?
  /// What products read of W_ih, and of W_hh or what dropout leaves of it.
  private let factors: RecurrentFactors
  /// (1, gates · H) b_ih, plus b_hh where both are summed into the input projection.
  private let bias: Matrix
  /// (H, gates · H) what dropout leaves of W_hh; nil where there is none.
  private let droppedWeight: PanelMatrix?
  private let recurrentDropout: Double
  /// By phase.
  private let products: [[RecurrentProduct]]
  /// By phase, the blocks in which it leaves gradients on the way back.
  let gradientBlocks: [[Int]]

  /// - Parameters:
  ///   - units: H.
  ///   - recurrentDropout: see `Dropout.recurrentWeights`.
  convenience init(
    _ placement: Placement, _ cell: any Cell, _ weights: RecurrentWeights,
    _ factors: RecurrentFactors, _ order: TimeOrder, units: Int, recurrentDropout: Double,
    _ element: Element
  ) {
    let droppedWeight =
      recurrentDropout > 0 && weights.recurrent != nil
      ? placement.panels(rows: units, blockColumns: units, blocks: cell.gateCount) : nil
    self.init(
      cell: cell, weights: weights, order: order,
      blocks: placement.panels(
        rows: order.batch * order.steps, blockColumns: units, blocks: cell.blockCount),
      hidden: States(placement, order, columns: units, factor: element),
      cellState: cell.hasCellState ? States(placement, order, columns: units) : nil,
      factors: RecurrentFactors(
        input: factors.input,
        recurrent: droppedWeight?.factor(element, placement) ?? factors.recurrent),
      bias: placement.matrix(rows: 1, columns: cell.gateCount * units),
      droppedWeight: droppedWeight, recurrentDropout: recurrentDropout)
  }

  private init(
    cell: any Cell, weights: RecurrentWeights, order: TimeOrder, blocks: PanelMatrix,
    hidden: States, cellState: States?, factors: RecurrentFactors, bias: Matrix,
    droppedWeight: PanelMatrix?, recurrentDropout: Double
  ) {
    self.cell = cell
    self.weights = weights
    self.order = order
    self.blocks = blocks
    gates = blocks.blocks(0..<cell.gateCount)
    self.hidden = hidden
    self.cellState = cellState
    self.factors = factors
    self.bias = bias
    self.droppedWeight = droppedWeight
    self.recurrentDropout = recurrentDropout
    products = (0..<cell.phaseCount).map { phase in
      cell.recurrentProducts.filter { $0.phase == phase }
    }
    gradientBlocks = (0..<cell.phaseCount).map(cell.gradientBlocks(ofPhase:))
  }

  /// The same memory, taken in the other direction; see `States.reversed`.
  var reversed: LayerDirection {
    LayerDirection(
      cell: cell, weights: weights, order: order.reversed, blocks: blocks,
      hidden: hidden.reversed, cellState: cellState?.reversed, factors: factors, bias: bias,
      droppedWeight: droppedWeight, recurrentDropout: recurrentDropout)
  }

  /// H
  var units: Int { hidden.matrix.columns }

  /// Of the factors of products.
  var element: Element { hidden.factor.element }

  /// H, and C where the cell has it.
  var states: [States] { [hidden] + [cellState].compactMap(\.self) }

  /// (B, range · H) some blocks of one step.
  func blocks(_ range: Range<Int>, at time: Int) -> PanelMatrix {
    blocks.blocks(range).rows(order.rows(at: time))
  }

  /// Phases of a step.
  var phaseCount: Int { products.count }

  /// The products of a phase.
  func products(ofPhase phase: Int) -> [RecurrentProduct] { products[phase] }

  // MARK: Parameters

  /// Draws which recurrent weights are left in this minibatch, divided among the workers.
  func dropRecurrentWeights(seed: UInt64, dividedBy worker: Worker) {
    guard let droppedWeight, let weight = weights.recurrent?.weight else { return }
    weight.forEachPanel(dividedBy: worker) { index in
      droppedWeight.panel(index).setDropped(
        weight.panel(index), by: recurrentMask(ofPanel: index, seed: seed))
    }
  }

  /// Takes the parameters as they are now, and the recurrent weights that are left, divided among the
  /// workers.
  func takeParameters(dividedBy worker: Worker) {
    gates.forEachPanel(dividedBy: worker, updateBias)
    factors.input?.setFactor(of: weights.input, dividedBy: worker)
    if let recurrentWeight { factors.recurrent?.setFactor(of: recurrentWeight, dividedBy: worker) }
  }

  /// (H, gates · H) W_hh, or what dropout leaves of it; nil where the cell has none.
  var recurrentWeight: PanelMatrix? { droppedWeight ?? weights.recurrent?.weight }

  /// Makes the bias of one of the gates' panels.
  private func updateBias(panel index: Int) {
    let inputBias = weights.inputBias.columns(gates.columns(ofPanel: index))
    if let recurrent = weights.recurrent, cell.sumsBiases(ofGate: gates.block(ofPanel: index)) {
      bias(ofPanel: index).setSum(
        inputBias, recurrent.bias.columns(gates.columns(ofPanel: index)))
    } else {
      bias(ofPanel: index).copy(from: inputBias)
    }
  }

  // MARK: Input projection

  /// The part of the bias that belongs to one of the gates' panels.
  func bias(ofPanel index: Int) -> Matrix { bias.columns(gates.columns(ofPanel: index)) }

  /// X W_x of all steps into one of the gates' panels.
  ///
  /// - Parameter start: what it is added to.
  func projectInputs(_ inputs: LayerInputs, panel index: Int, startingFrom start: ProductStart) {
    let panel = gates.panel(index)
    switch inputs {
    case .oneHot(let tokens):
      panel.gather(weights.input.panel(index), rows: tokens, startingFrom: start)
    case .dense(let inputs):
      guard let weight = factors.input?.panel(index) else { return }
      for (block, input) in inputs.enumerated() {
        panel.setProduct(
          input.factor, weight.rows(block: block, of: input.factor.columns),
          startingFrom: block == 0 ? start : .itself)
      }
    }
  }

  // MARK: Recurrent dropout

  /// Turns a panel of the gradient of what was left of W_hh into that of W_hh.
  ///
  /// - Parameter index: among the panels of all gates.
  func dropGradient(_ panel: Matrix, ofPanel index: Int, seed: UInt64) {
    guard droppedWeight != nil else { return }
    panel.setDropped(panel, by: recurrentMask(ofPanel: index, seed: seed))
  }

  private func recurrentMask(ofPanel index: Int, seed: UInt64) -> DropoutMask {
    let place = 2 * index + (order.isReversed ? 1 : 0)
    return DropoutMask(seed: mixed(~seed &+ UInt64(place)), probability: recurrentDropout)
  }

  // MARK: Steps

  /// One phase of a step.
  ///
  /// - Parameter hasProducts: whether `addRecurrentProducts` has been called for it already.
  func runPhase(_ phase: Int, at time: Int, in region: StepRegion, hasProducts: Bool = false) {
    for panel in region.panels {
      if !hasProducts { addRecurrentProducts(ofPhase: phase, at: time, in: panel) }
      cell.forward(operands(at: time, in: panel), phase: phase)
      roundOperands(madeInPhase: phase, at: time, in: panel)
    }
  }

  /// Sets what products read of the states that a phase has made: of H, or of a block.
  private func roundOperands(madeInPhase phase: Int, at time: Int, in panel: StepPanel) {
    guard element != .float else { return }
    if phase + 1 == phaseCount {
      hidden.roundAfter(time, in: panel)
    } else {
      for product in products[phase + 1] {
        guard case .block(let block) = product.operand else { continue }
        round(block: block, at: time, in: panel)
      }
    }
  }

  /// Puts what products read of one step's block in the place of its values.
  func round(block: Int, at time: Int, in panel: StepPanel) {
    blocks(block..<block + 1, at: time).panel(panel.index).rows(panel.sequences)
      .roundInPlace(to: element)
  }

  /// Adds to a step's pre-activations what comes through the recurrent weights.
  func addRecurrentProducts(ofPhase phase: Int, at time: Int, in panel: StepPanel) {
    guard let recurrent = weights.recurrent, let recurrentFactor = factors.recurrent else { return }
    for product in products[phase] {
      let target = blocks(product.blocks, at: time).panel(ofEachBlock: panel.index)
        .rows(panel.sequences)
      let weight = recurrentFactor.blocks(product.gates).panel(ofEachBlock: panel.index)
      let start: ProductStart =
        product.standsAlone
        ? .row(recurrent.bias.block(product.gates.lowerBound, width: units).columns(panel.units))
        : .itself
      switch product.operand {
      case .previousHidden:
        let operand = hidden.factorBefore(time).rows(panel.sequences)
        target.setProduct(operand, weight, startingFrom: start)
      case .block(let block):
        let operand = blocks(block..<block + 1, at: time).leftFactor(element)
          .rows(panel.sequences)
        target.setProduct(operand, weight, startingFrom: start)
      }
    }
  }

  /// What a cell's kernels take.
  func operands(at time: Int, in panel: StepPanel) -> StepOperands {
    let gates = blocks(0..<1, at: time).panel(panel.index).rows(panel.sequences)
    let h = hidden.after(time)[panel]
    return StepOperands(
      rows: gates.rows, units: gates.columns, gates: gates.base, blockStride: blocks.blockStride,
      gatesRow: gates.rowStride, previousH: UnsafePointer(hidden.before(time)[panel].base),
      h: h.base, previousC: (cellState?.before(time)[panel].base).map { UnsafePointer($0) },
      c: cellState?.after(time)[panel].base, stateRow: h.rowStride)
  }
}
