import KernelOperands

/// One direction of a recurrent layer on the way forward: its weights, and what T steps of B sequences
/// leave behind.
///
/// Floats: T·B · blocks · H + (T + 1)·B · H · (LSTM: 2, else 1), with recurrent dropout gates · H · H, the H of the blocks padded to a multiple
/// of 64 where above 32.
struct LayerDirection: Sendable {
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
  /// (1, gates · H) b_ih, plus b_hh where both are summed into the input projection.
  private let bias: Matrix
  /// (H, gates · H) what dropout leaves of W_hh; nil where there is none.
  private let droppedWeight: PanelMatrix?
  private let recurrentDropout: Double
  /// By phase.
  private let products: [[RecurrentProduct]]

  /// - Parameters:
  ///   - units: H.
  ///   - recurrentDropout: see `Dropout.recurrentWeights`.
  init(
    _ placement: Placement, _ cell: any Cell, _ weights: RecurrentWeights, _ order: TimeOrder,
    units: Int, recurrentDropout: Double
  ) {
    let rows = order.batch * order.steps
    func states() -> States {
      States(matrix: placement.matrix(rows: rows + order.batch, columns: units), order: order)
    }
    self.init(
      cell: cell, weights: weights, order: order,
      blocks: placement.panels(rows: rows, blockColumns: units, blocks: cell.blockCount),
      hidden: states(), cellState: cell.hasCellState ? states() : nil,
      bias: placement.matrix(rows: 1, columns: cell.gateCount * units),
      droppedWeight: recurrentDropout > 0 && weights.recurrent != nil
        ? placement.panels(rows: units, blockColumns: units, blocks: cell.gateCount) : nil,
      recurrentDropout: recurrentDropout)
  }

  private init(
    cell: any Cell, weights: RecurrentWeights, order: TimeOrder, blocks: PanelMatrix,
    hidden: States, cellState: States?, bias: Matrix, droppedWeight: PanelMatrix?,
    recurrentDropout: Double
  ) {
    self.cell = cell
    self.weights = weights
    self.order = order
    self.blocks = blocks
    gates = blocks.blocks(0..<cell.gateCount)
    self.hidden = hidden
    self.cellState = cellState
    self.bias = bias
    self.droppedWeight = droppedWeight
    self.recurrentDropout = recurrentDropout
    products = (0..<cell.phaseCount).map { phase in
      cell.recurrentProducts.filter { $0.phase == phase }
    }
  }

  /// The same memory, taken in the other direction; see `States.reversed`.
  var reversed: LayerDirection {
    LayerDirection(
      cell: cell, weights: weights, order: order.reversed, blocks: blocks,
      hidden: hidden.reversed, cellState: cellState?.reversed, bias: bias,
      droppedWeight: droppedWeight, recurrentDropout: recurrentDropout)
  }

  /// H
  var units: Int { hidden.matrix.columns }

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

  // MARK: Input projection

  /// Makes the bias of one of the gates' panels from the parameters of now.
  func updateBias(panel index: Int) {
    let inputBias = weights.inputBias.columns(gates.columns(ofPanel: index))
    if let recurrent = weights.recurrent, cell.sumsBiases(ofGate: gates.block(ofPanel: index)) {
      bias(ofPanel: index).setSum(
        inputBias, recurrent.bias.columns(gates.columns(ofPanel: index)))
    } else {
      bias(ofPanel: index).copy(from: inputBias)
    }
  }

  /// The part of the bias that belongs to one of the gates' panels.
  func bias(ofPanel index: Int) -> Matrix { bias.columns(gates.columns(ofPanel: index)) }

  /// X W_x of all steps into one of the gates' panels.
  ///
  /// - Parameter start: what it is added to.
  func projectInputs(_ inputs: LayerInputs, panel index: Int, startingFrom start: ProductStart) {
    let (panel, weight) = (gates.panel(index), weights.input.panel(index))
    switch inputs {
    case .oneHot(let tokens): panel.gather(weight, rows: tokens, startingFrom: start)
    case .dense(let inputs):
      for (block, input) in inputs.enumerated() {
        panel.setProduct(
          input.matrix, weight.rows(block: block, of: input.matrix.columns),
          startingFrom: block == 0 ? start : .itself)
      }
    }
  }

  // MARK: Recurrent weights

  /// (H, gates · H) what H is multiplied with: W_hh, or what dropout leaves of it; nil where the cell has
  /// none.
  var recurrentWeight: PanelMatrix? { droppedWeight ?? weights.recurrent?.weight }

  /// Draws which recurrent weights are left in this minibatch, divided among the workers.
  func dropRecurrentWeights(seed: UInt64, dividedBy worker: Worker) {
    guard let droppedWeight, let weight = weights.recurrent?.weight else { return }
    weight.forEachPanel(dividedBy: worker) { index in
      droppedWeight.panel(index).setDropped(
        weight.panel(index), by: recurrentMask(ofPanel: index, seed: seed))
    }
  }

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
    }
  }

  /// Adds to a step's pre-activations what comes through the recurrent weights.
  func addRecurrentProducts(ofPhase phase: Int, at time: Int, in panel: StepPanel) {
    guard let recurrent = weights.recurrent, let recurrentWeight else { return }
    for product in products[phase] {
      let target = blocks(product.blocks, at: time).panel(ofEachBlock: panel.index)
        .rows(panel.sequences)
      let weight = recurrentWeight.blocks(product.gates).panel(ofEachBlock: panel.index)
      let start: ProductStart =
        product.standsAlone
        ? .row(recurrent.bias.block(product.gates.lowerBound, width: units).columns(panel.units))
        : .itself
      switch product.operand {
      case .previousHidden:
        let operand = hidden.before(time).rows(panel.sequences)
        target.setProduct(operand, weight, startingFrom: start)
      case .block(let block):
        let operand = blocks(block..<block + 1, at: time).rows(panel.sequences)
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
