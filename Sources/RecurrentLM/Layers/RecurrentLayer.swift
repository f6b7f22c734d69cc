/// A recurrent layer: one direction or two, and what they hand on. A class, for the same reason as
/// `NetworkLayers`.
final class RecurrentLayer: Sendable {
  let directions: [LayerDirection]
  let connection: Connection
  /// Whether each direction reads both directions of the layer below, as in PyTorch, or its own only.
  let readsBothDirections: Bool

  /// - Parameters:
  ///   - weights: by direction, as `factors`; the second runs from the end to the start.
  ///   - units: H.
  ///   - element: of what products read of the hidden states, and `outputs` of what is handed on.
  ///   - below: the layer below; nil for the first layer.
  init(
    _ placement: Placement, _ cell: any Cell, _ weights: [RecurrentWeights],
    _ factors: [RecurrentFactors], _ order: TimeOrder, units: Int, readsBothDirections: Bool,
    _ rule: LayerRule, hidden element: Element, outputs: Element, above below: RecurrentLayer?
  ) {
    directions = weights.enumerated().map { index, weights in
      LayerDirection(
        placement, cell, weights, factors[index], index == 0 ? order : order.reversed, units: units,
        recurrentDropout: rule.dropout.recurrentWeights, element)
    }
    self.readsBothDirections = readsBothDirections
    connection = Connection(
      placement, rule, hidden: directions.map(\.hidden), outputs, above: below?.connection)
  }

  private init(directions: [LayerDirection], connection: Connection, readsBothDirections: Bool) {
    self.directions = directions
    self.connection = connection
    self.readsBothDirections = readsBothDirections
  }

  /// The same memory, taken in the other direction; see `States.reversed`.
  var reversed: RecurrentLayer {
    RecurrentLayer(
      directions: directions.map(\.reversed), connection: connection.reversed,
      readsBothDirections: readsBothDirections)
  }

  /// H
  var units: Int { directions[0].units }

  /// What the layer above reads: the outputs after each step.
  var outputs: LayerInputs {
    .dense(
      connection.outputs.enumerated().map { index, output in
        DenseInput(index: index, stored: output.factor, rows: output.rowsAfterSteps)
      })
  }

  /// What a direction reads of what there is below.
  func inputs(ofDirection index: Int, from below: LayerInputs) -> LayerInputs {
    guard case .dense(let inputs) = below, inputs.count > 1, !readsBothDirections else {
      return below
    }
    return .dense([inputs[index]])
  }

  // MARK: Stages, in the order in which data takes them

  /// Draws the recurrent weights that are left, divided among the workers.
  ///
  /// - Parameter seed: of this layer's masks.
  func dropRecurrentWeights(seed: UInt64, dividedBy worker: Worker) {
    for direction in directions { direction.dropRecurrentWeights(seed: seed, dividedBy: worker) }
  }

  /// Takes the parameters as they are now, divided among the workers.
  func takeParameters(dividedBy worker: Worker) {
    for direction in directions { direction.takeParameters(dividedBy: worker) }
  }

  /// Sets what products read of the states before the first step, divided among the workers.
  func roundInitialStates(dividedBy worker: Worker) {
    for direction in directions { direction.hidden.roundInitial(dividedBy: worker) }
  }

  /// The bias and X W_x of all steps, divided among the workers.
  func projectInputs(_ below: LayerInputs, dividedBy worker: Worker) {
    for (index, direction) in directions.enumerated() {
      let inputs = inputs(ofDirection: index, from: below)
      direction.gates.forEachPanel(dividedBy: worker) { panel in
        direction.projectInputs(
          inputs, panel: panel, startingFrom: .row(direction.bias(ofPanel: panel)))
      }
    }
  }

  /// One worker's region of all steps.
  ///
  /// - Parameter meet: is called wherever the workers must meet between phases or steps, if they must.
  func runSteps(in region: StepRegion, meet: () -> Void) {
    for direction in directions {
      for step in 0..<direction.order.steps {
        for phase in 0..<direction.phaseCount {
          if step + phase > 0 { meet() }
          direction.runPhase(phase, at: direction.order.time(ofStep: step), in: region)
        }
      }
    }
  }

  // MARK: Generation: minibatches of one step

  /// X W_x and the step, in one worker's region.
  ///
  /// - Parameters:
  ///   - isPrepared: whether `prepareStep` has been called for it.
  ///   - meet: as in `runSteps`.
  func runSingleStep(
    _ below: LayerInputs, in region: StepRegion, isPrepared: Bool, meet: () -> Void
  ) {
    for index in directions.indices {
      directions[index].projectInputs(
        inputs(ofDirection: index, from: below), in: region, ontoPrepared: isPrepared)
      for phase in 0..<directions[index].phaseCount {
        if phase > 0 { meet() }
        directions[index].runPhase(
          phase, at: 0, in: region, hasProducts: isPrepared && phase == 0)
      }
    }
  }

  /// Sets the pre-activations of a step to all that does not depend on its token: the bias and
  /// H · W_hh, which needs only the state before.
  func prepareStep(in region: StepRegion) {
    for index in directions.indices { directions[index].prepareStep(in: region) }
  }

}

extension LayerDirection {
  /// Calls `body` with the panels of all gates that belong to a region.
  private func forEachPanel(in region: StepRegion, _ body: (Int) -> Void) {
    for panel in region.panels {
      for gate in 0..<gates.blocks { body(gates.panel(panel.index, ofBlock: gate)) }
    }
  }

  fileprivate func projectInputs(
    _ inputs: LayerInputs, in region: StepRegion, ontoPrepared isPrepared: Bool
  ) {
    forEachPanel(in: region) { panel in
      projectInputs(
        inputs, panel: panel,
        startingFrom: isPrepared ? .itself : .row(bias(ofPanel: panel)))
    }
  }

  fileprivate func prepareStep(in region: StepRegion) {
    forEachPanel(in: region) { gates.panel($0).setRows(bias(ofPanel: $0)) }
    for panel in region.panels { addRecurrentProducts(ofPhase: 0, at: 0, in: panel) }
  }
}
