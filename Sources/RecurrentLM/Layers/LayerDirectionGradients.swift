import KernelOperands

/// The gradients of one direction of a recurrent layer: backpropagation through its T steps, truncated
/// there (Williams and Peng 1990, doi:10.1162/neco.1990.2.4.490).
///
/// Floats: (T + 2)·B · H for an LSTM, (T + 1)·B · H for others, and gates · H · (H + inputs), in bfloat16
/// half as many, for the transposed weights, without inputs where they are one-hot.
struct LayerDirectionGradients: Sendable {
  let direction: LayerDirection
  /// dH, in the places of the states.
  let dHidden: States
  /// (B, H) dC on its way back through time; nil where the cell has none.
  private let dCellState: Matrix?
  /// (gates · H, H); nil where the cell has no recurrent weights.
  private let recurrentTransposed: PanelMatrix?
  /// (gates · H, inputs), a block each dense input; nil where the input is one-hot.
  private let inputTransposed: PanelMatrix?
  /// The gradients of `direction.weights`.
  private let weights: RecurrentWeights

  init(
    _ placement: Placement, _ direction: LayerDirection, inputs: LayerInputs,
    weights: RecurrentWeights
  ) {
    self.direction = direction
    self.weights = weights
    let (units, states) = (direction.units, direction.hidden)
    dHidden = States(placement, states.order, columns: units)
    dCellState = direction.cellState.map { _ in
      placement.matrix(rows: states.order.batch, columns: units)
    }
    let element = direction.element
    recurrentTransposed = weights.recurrent?.weight.transposedFactor(element, placement)
    inputTransposed =
      inputs.dense.isEmpty
      ? nil
      : weights.input.transposedFactor(element, placement, blocks: inputs.dense.count)
  }

  /// Transposes the weights through which gradients flow back, divided among the workers.
  func transposeWeights(dividedBy worker: Worker) {
    if let recurrentWeight = direction.recurrentWeight {
      recurrentTransposed?.setTransposedFactor(of: recurrentWeight, dividedBy: worker)
    }
    inputTransposed?.setTransposedFactor(of: direction.weights.input, dividedBy: worker)
  }

  // MARK: Steps

  /// What reaches the states before the minibatch goes nowhere; it must only stay finite.
  func beginBackThroughTime(in region: StepRegion) {
    dCellState?[region].fill(0)
    dHidden.initial[region].fill(0)
  }

  /// The element-wise part of a phase.
  func differentiatePhase(_ phase: Int, at time: Int, in region: StepRegion) {
    for panel in region.panels {
      direction.cell.backward(
        direction.operands(at: time, in: panel), gradients(at: time, in: panel), phase: phase)
      direction.roundGradients(ofPhase: phase, at: time, in: panel)
    }
  }

  private func gradients(at time: Int, in panel: StepPanel) -> StepGradients {
    StepGradients(
      dH: dHidden.after(time)[panel].base, dPreviousH: dHidden.before(time)[panel].base,
      dC: dCellState?[panel].base)
  }

  /// From the gates of a phase to the operands of its recurrent products: adds to the gradient of the
  /// previous H, or puts that of a block in the place of dH, which has been used up.
  func passBackPhase(_ phase: Int, at time: Int, in region: StepRegion) {
    guard let recurrentTransposed else { return }
    for product in direction.products(ofPhase: phase) {
      let rowsOfGate = direction.units / direction.element.width
      let weight = recurrentTransposed.rows(
        product.gates.lowerBound * rowsOfGate..<product.gates.upperBound * rowsOfGate
      ).columns(region.units)
      let dGates = direction.blocks(product.blocks, at: time).leftFactor(direction.element)
        .rows(region.sequences)
      switch product.operand {
      case .previousHidden:
        // Gradients end before the first step.
        if time == direction.order.time(ofStep: 0) { continue }
        dHidden.before(time)[region].setProduct(dGates, weight, startingFrom: .itself)
      case .block:
        dHidden.after(time)[region].setProduct(dGates, weight)
      }
    }
  }

  // MARK: Gradients of what was read, and of weights

  /// The factors whose products, summed, are the gradient of the input with this index below.
  func factors(ofInput index: Int, in inputs: LayerInputs) -> [(a: PanelMatrix, b: PanelMatrix)] {
    guard let inputTransposed else { return [] }
    return inputs.dense.enumerated().filter { $1.index == index }.map { block, _ in
      (direction.gates.leftFactor(direction.element), inputTransposed.block(block))
    }
  }

  /// The gradients of W_hh and b_hh, divided among the workers.
  ///
  /// - Parameters:
  ///   - seed: as in `LayerDirection.dropRecurrentWeights`.
  ///   - operand: what a product's operand was for all steps, transposed.
  func setRecurrentWeights(
    seed: UInt64, dividedBy worker: Worker, operand: (RecurrentProduct.Operand) -> Matrix
  ) {
    guard let recurrent = weights.recurrent else { return }
    for product in direction.cell.recurrentProducts {
      let (gates, units) = (product.gates, direction.units)
      let operand = operand(product.operand)
      let weight = recurrent.weight.blocks(gates)
      let bias = recurrent.bias.columns(gates.lowerBound * units..<gates.upperBound * units)
      let dGates = direction.rightFactor(ofBlocks: product.blocks)
      dGates.forEachPanel(dividedBy: worker) { index in
        weight.panel(index).setProduct(
          operand, dGates.panel(index),
          columnSums: bias.columns(dGates.columns(ofPanel: index)))
        direction.dropGradient(
          weight.panel(index),
          ofPanel: recurrent.weight.panel(index, ofBlock: gates.lowerBound), seed: seed)
      }
    }
  }

  /// The gradients of W_ih and b_ih, divided among the workers.
  ///
  /// - Parameter transposed: an input, transposed.
  func setInputWeights(
    _ inputs: LayerInputs, dividedBy worker: Worker, transposed: (DenseInput) -> Matrix
  ) {
    let dGates = direction.rightFactor(ofBlocks: 0..<direction.cell.gateCount)
    dGates.forEachPanel(dividedBy: worker) { index in
      let (panel, weight) = (dGates.panel(index), weights.input.panel(index))
      let bias = weights.inputBias.columns(dGates.columns(ofPanel: index))
      switch inputs {
      case .oneHot(let tokens):
        weight.setScatter(panel, rows: tokens.all, direction.order.groups, dBias: bias)
      case .dense(let inputs):
        for (block, input) in inputs.enumerated() {
          let factor = transposed(input)
          weight.rows(block: block, of: factor.rows).setProduct(
            factor, panel, columnSums: block == 0 ? bias : nil)
        }
      }
    }
  }
}

extension LayerDirection {
  /// Sets what products read of the gradients that a phase has made.
  fileprivate func roundGradients(ofPhase phase: Int, at time: Int, in panel: StepPanel) {
    guard element.isPair else { return }
    for block in gradientBlocks[phase] {
      round(block: block, at: time, in: panel)
    }
  }

  /// Pairs the rows of all gradients, for those of the weights, divided among the workers.
  func pairGradientRows(dividedBy worker: Worker) {
    guard element.isPair else { return }
    for block in gradientBlocks.joined() {
      let block = blocks.block(block)
      block.forEachPanel(dividedBy: worker) {
        block.pairRowsInPlace(panel: $0, element, order.groups)
      }
    }
  }

  /// What the weights' gradients read of some blocks.
  fileprivate func rightFactor(ofBlocks range: Range<Int>) -> PanelMatrix {
    blocks.blocks(range).rightFactor(element, order.groups)
  }
}
