/// The gradients of a recurrent layer.
struct RecurrentLayerGradients: Sendable {
  let layer: RecurrentLayer
  private let directions: [LayerDirectionGradients]
  /// What the layer read.
  private let below: LayerInputs

  init(
    _ placement: Placement, _ layer: RecurrentLayer, reading below: LayerInputs,
    weights: [RecurrentWeights]
  ) {
    self.layer = layer
    self.below = below
    directions = layer.directions.indices.map { index in
      LayerDirectionGradients(
        placement, layer.directions[index], inputs: layer.inputs(ofDirection: index, from: below),
        weights: weights[index])
    }
  }

  /// The gradients of what the layer hands on, which `Connection.backward` turns into those of its hidden
  /// states.
  var dOutputs: [States] { directions.map(\.dHidden) }

  // MARK: Stages, in the order in which gradients take them

  /// Needs no other result of the minibatch.
  func transposeWeights(dividedBy worker: Worker) {
    for direction in directions { direction.transposeWeights(dividedBy: worker) }
  }

  /// One worker's region of all steps.
  ///
  /// - Parameter meet: is called wherever the workers must meet, if they must.
  func backThroughTime(in region: StepRegion, meet: () -> Void) {
    for gradients in directions {
      let (order, phaseCount) = (gradients.direction.order, gradients.direction.phaseCount)
      gradients.beginBackThroughTime(in: region)
      for step in (0..<order.steps).reversed() {
        let time = order.time(ofStep: step)
        for phase in (0..<phaseCount).reversed() {
          gradients.differentiatePhase(phase, at: time, in: region)
          meet()
          gradients.passBackPhase(phase, at: time, in: region)
        }
      }
    }
  }

  /// Adds to the gradients of what the layer read, divided among the workers.
  ///
  /// - Parameters:
  ///   - dBelow: by `DenseInput.index`, in the places of what is stored there.
  ///   - isSum: whether they hold gradients already, by way of a residual connection.
  func inputGradients(_ dBelow: [Matrix], addingTo isSum: Bool, dividedBy worker: Worker) {
    for input in below.dense {
      let factors = directions.enumerated().flatMap { index, direction in
        direction.factors(
          ofInput: input.index, in: layer.inputs(ofDirection: index, from: below))
      }
      dBelow[input.index].rows(input.rows).setSum(
        ofProducts: factors, startingFrom: isSum ? .itself : .zero, dividedBy: worker)
    }
  }

  /// Transposes what the recurrent weights were multiplied with, divided among the workers.
  ///
  /// - Parameter hidden: has the transposed outputs, for the layer above has read them.
  func transposeOperands(in hidden: TransposedInputs, dividedBy worker: Worker) {
    for (index, direction) in layer.directions.enumerated() {
      if !layer.connection.isIdentity {
        hidden.store(direction.hidden.factor, at: index, dividedBy: worker)
      }
      for case .block(let block) in direction.cell.recurrentProducts.map(\.operand) {
        hidden.store(
          direction.blocks.block(block).leftFactor(direction.element),
          at: layer.directions.count + index, dividedBy: worker)
      }
    }
  }

  /// Transposes what the layer read, divided among the workers.
  func transposeInputs(in inputs: TransposedInputs, dividedBy worker: Worker) {
    for input in below.dense { inputs.store(input.stored, at: input.index, dividedBy: worker) }
  }

  /// Pairs the rows of the gates' gradients, for those of the weights, divided among the workers.
  func pairGradientRows(dividedBy worker: Worker) {
    for direction in layer.directions { direction.pairGradientRows(dividedBy: worker) }
  }

  /// The gradients of all weights, divided among the workers.
  ///
  /// - Parameters:
  ///   - inputs: what the layer read.
  ///   - hidden: what the recurrent weights were multiplied with.
  ///   - seed: of this layer's masks.
  func weightGradients(
    inputs: TransposedInputs, hidden: TransposedInputs, seed: UInt64, dividedBy worker: Worker
  ) {
    for (index, gradients) in directions.enumerated() {
      let direction = gradients.direction
      gradients.setRecurrentWeights(seed: seed, dividedBy: worker) { operand in
        switch operand {
        case .previousHidden:
          hidden.transpose(
            of: direction.hidden.factor, rows: direction.hidden.rowsBeforeSteps, at: index)
        case .block(let block):
          hidden.transpose(
            of: direction.blocks.block(block).leftFactor(direction.element),
            rows: 0..<direction.blocks.rows,
            at: directions.count + index)
        }
      }
      gradients.setInputWeights(
        layer.inputs(ofDirection: index, from: below), dividedBy: worker
      ) { input in inputs.transpose(of: input.stored, rows: input.rows, at: input.index) }
    }
  }
}
