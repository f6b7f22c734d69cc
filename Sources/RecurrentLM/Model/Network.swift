import KernelOperands

// Legend of shapes: T time steps, B batch, V vocabulary, E embedding, H hidden units, all widths
// padded to a multiple of 16. Row t · B + b of a (T·B, …) matrix is step t of sequence b.

/// The layers of a model with memory for one minibatch, and the one schedule by which they compute.
/// Workers meet here and nowhere else.
///
/// Floats: those of its layers (`LayerDirection`, and with gradients `LayerDirectionGradients`), as
/// many again as (T + 1)·B · H for each direction that is residual or has dropout, T·B · (V + E), and with gradients as many
/// as there are parameters, and two `TransposedInputs`.
///
/// Unchecked: the workers of a pool write disjoint parts and meet in between.
public final class Network: @unchecked Sendable {
  public let model: LanguageModel
  public let batch: Int
  public let steps: Int
  private var current: NetworkLayers
  /// The same layers with the states before and after a step exchanged; see `swapStates`.
  private var swapped: NetworkLayers
  /// nil unless the network trains.
  private let gradientLayers: NetworkGradients?
  /// The gradient of every parameter, in the places of the parameters; nil unless the network trains.
  let gradients: FloatBuffer?
  /// From which all masks of dropout follow, until it is set anew: for each minibatch another one.
  var maskSeed: UInt64 = 0
  /// Whether `crossEntropy` has not yet put gradients in the place of the logits. Worker 0 sets it.
  private var holdsLogits = false
  /// Keep the memory of the layers, and of what products read of the weights.
  private let buffer: FloatBuffer
  private let factorBuffer: FloatBuffer?

  /// - Parameters:
  ///   - trains: whether gradients are to be computed.
  ///   - dropout: none in a network that evaluates or generates.
  /// - Throws: `InsufficientMemory`.
  public init(
    _ model: LanguageModel, batch: Int, steps: Int, trains: Bool = false,
    dropout: Dropout = Dropout()
  ) throws(InsufficientMemory) {
    let arena = model.arena
    let tokens = try TokenBuffer(count: batch * steps, in: arena)
    let targets = try TokenBuffer(count: batch * steps, in: arena)
    let (factorBuffer, factors) = try model.weightFactors()
    let gradients =
      trains ? try FloatBuffer(count: model.layout.size, for: .parameters, in: arena) : nil
    let (buffer, content) = try FloatBuffer.holding(for: .activations, in: arena) { placement in
      let layers = NetworkLayers(
        placement, model, TimeOrder(steps: steps, batch: batch, isReversed: false),
        factors, tokens: tokens, targets: targets, dropout: dropout)
      let gradientLayers = gradients.map {
        NetworkGradients(placement, layers, weights: model.layout.weights(in: $0))
      }
      return (layers: layers, gradientLayers: gradientLayers)
    }
    self.model = model
    self.batch = batch
    self.steps = steps
    self.buffer = buffer
    self.factorBuffer = factorBuffer
    self.gradients = gradients
    current = content.layers
    swapped = current.reversed
    gradientLayers = content.gradientLayers
  }

  /// The numbers of the tokens to read, (T, B).
  var tokens: TokenBuffer { current.input.tokens }

  /// The numbers of the tokens to predict, (T, B).
  var targets: TokenBuffer { current.output.targets }

  var layers: [RecurrentLayer] { current.recurrent }

  /// Whether weights' gradients read pairs of rows, which are made once the rows have been read.
  private var pairsRows: Bool { model.precision == .bfloat16 }

  /// From which the masks of a layer follow.
  private func maskSeed(ofLayer index: Int) -> UInt64 {
    mixed(mixed(maskSeed) &+ UInt64(index))
  }

  // MARK: Schedules: the work of one worker among those that call this together

  /// Takes the parameters as they are now, and draws which of them dropout leaves: to be called before
  /// `forward` or `step` where parameters or `maskSeed` have changed.
  func takeParameters(_ worker: Worker) {
    for (index, layer) in layers.enumerated() {
      layer.dropRecurrentWeights(seed: maskSeed(ofLayer: index), dividedBy: worker)
    }
    worker.synchronize()
    for layer in layers { layer.takeParameters(dividedBy: worker) }
    current.output.takeParameters(dividedBy: worker)
    worker.synchronize()
  }

  /// From `tokens` to logits. The workers must meet before one reads them.
  func forward(_ worker: Worker) {
    let layers = current
    readTokens(worker)
    for (index, layer) in layers.recurrent.enumerated() {
      layer.roundInitialStates(dividedBy: worker)
      layer.projectInputs(layers.inputs[index], dividedBy: worker)
      worker.synchronize()
      let region = StepRegion(of: worker, sequences: batch, units: layer.units)
      layer.runSteps(in: region) { meet(worker, in: region) }
      // Waits for nothing, so it is there for whoever is done with its own steps first.
      gradientLayers?.transposeWeights(ofLayer: index, dividedBy: worker)
      worker.synchronize()
      if !layer.connection.isIdentity {
        layer.connection.forward(seed: maskSeed(ofLayer: index), dividedBy: worker)
        worker.synchronize()
      }
    }
    computeLogits(layers, worker)
  }

  private func computeLogits(_ layers: NetworkLayers, _ worker: Worker) {
    layers.output.computeLogits(layers.outputInputs, dividedBy: worker)
    if worker.index == 0 { holdsLogits = true }
  }

  /// From logits to losses, and to the gradients of the logits, which take their place.
  @discardableResult
  func crossEntropy(_ worker: Worker) -> LogitGradients {
    worker.synchronize()
    let dLogits = current.output.crossEntropy(of: worker)
    if gradientLayers != nil { current.output.roundGradients(of: worker) }
    if worker.index == 0 { holdsLogits = false }
    worker.synchronize()
    return dLogits
  }

  /// From the gradients of the logits to those of all parameters.
  ///
  /// A layer's weights get their gradients only after the steps of the layer below: no step waits for
  /// them, so they are there for whoever is done with its own steps first.
  func backward(from dLogits: LogitGradients, _ worker: Worker) {
    guard let gradientLayers else { preconditionFailure("a network without gradients") }
    // What the layer above has read, and what it has multiplied with its recurrent weights.
    var (inputs, hidden) = gradientLayers.transposed
    gradientLayers.output.transposeInputs(in: inputs, dividedBy: worker)
    gradientLayers.output.inputGradients(
      gradientLayers.layers[layers.count - 1].dOutputs, from: dLogits, dividedBy: worker)
    worker.synchronize()
    if pairsRows {
      gradientLayers.output.pairGradientRows(dLogits, dividedBy: worker)
      worker.synchronize()
    }
    for index in layers.indices.reversed() {
      let layer = gradientLayers.layers[index]
      if !layer.layer.connection.isIdentity {
        let below = index > 0 ? gradientLayers.layers[index - 1].dOutputs : []
        layer.layer.connection.backward(
          layer.dOutputs, added: below, seed: maskSeed(ofLayer: index), dividedBy: worker)
        worker.synchronize()
      }
      let region = StepRegion(of: worker, sequences: batch, units: layer.layer.units)
      layer.backThroughTime(in: region) { meet(worker, in: region) }
      gradientLayers.weightGradients(
        aboveLayer: index, dLogits, inputs: inputs, hidden: hidden,
        seed: maskSeed(ofLayer: index + 1), dividedBy: worker)
      worker.synchronize()
      // What the layer above has read are this layer's states.
      swap(&inputs, &hidden)
      layer.transposeOperands(in: hidden, dividedBy: worker)
      layer.transposeInputs(in: inputs, dividedBy: worker)
      layer.inputGradients(
        gradientLayers.dInputs(ofLayer: index), addingTo: layer.layer.connection.isResidual,
        dividedBy: worker)
      worker.synchronize()
      if pairsRows {
        layer.pairGradientRows(dividedBy: worker)
        worker.synchronize()
      }
    }
    gradientLayers.layers[0].weightGradients(
      inputs: inputs, hidden: hidden, seed: maskSeed(ofLayer: 0), dividedBy: worker)
    gradientLayers.input?.backward(dividedBy: worker)
    worker.synchronize()
  }

  /// From the next token of each sequence to logits, in a network of one step. A sequence's logits do not
  /// depend on those beside it.
  ///
  /// With few sequences the time goes into reading the weights, of which a core's second-level cache holds
  /// only some. H · W_hh for the next step needs only H, so every layer computes it while W_hh is still in
  /// the cache: it reads W_hh once for two steps. Neighbouring layers do so in alternate steps.
  ///
  /// - Parameter step: how many there have been since the state was zero.
  func step(_ step: Int, _ worker: Worker) {
    let (layers, swapped) = (current, swapped)
    if step == 0 {
      for layer in layers.recurrent { layer.roundInitialStates(dividedBy: worker) }
      // Each worker reads the whole states.
      worker.synchronize()
    }
    readTokens(worker)
    for index in layers.recurrent.indices {
      let region = StepRegion(
        splittingUnitsOf: worker, sequences: batch, units: layers.recurrent[index].units)
      let looksAhead = (step + index).isMultiple(of: 2)
      layers.recurrent[index].runSingleStep(
        layers.inputs[index], in: region, isPrepared: step > 0 && !looksAhead
      ) { meet(worker, in: region) }
      layers.recurrent[index].connection.forward(columns: region.units)
      worker.synchronize()
      if looksAhead { swapped.recurrent[index].prepareStep(in: region) }
    }
    computeLogits(layers, worker)
  }

  private func readTokens(_ worker: Worker) {
    guard !current.input.isOneHot else { return }
    current.input.forward(worker.range(of: tokens.count))
    worker.synchronize()
  }

  private func meet(_ worker: Worker, in region: StepRegion) {
    if region.needsBarrier { worker.synchronize() }
  }

  // MARK: Results

  /// The logits of row t · B + b by token, after `forward` and before `crossEntropy`.
  func logits(ofRow row: Int) -> [Float] {
    precondition(holdsLogits, "the logits have become gradients, or there are none yet")
    return current.output.logits(ofRow: row)
  }

  /// The logarithms of the probabilities of row t · B + b by token, after `crossEntropy`.
  func logProbabilities(ofRow row: Int) -> [Float] {
    precondition(!holdsLogits, "the probabilities come with the losses")
    return current.output.logProbabilities(ofRow: row)
  }

  /// The loss of row t · B + b in nats, after `crossEntropy`.
  func loss(row: Int) -> Float { current.output.loss(row: row) }

  /// The sum of all losses in nats, after `crossEntropy`.
  func totalLoss() -> Double { current.output.totalLoss() }

  /// Lets the next step begin with the states with which this one ends, without a copy: there are two
  /// states in memory, and what was before and what was after change places.
  func swapStates() {
    precondition(steps == 1, "a network of one step")
    swap(&current, &swapped)
  }
}
