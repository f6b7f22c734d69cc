// Legend of shapes: T time steps, B batch, H hidden units padded to a multiple of 16.
// Sequences are time-major: row t · B + b of a (T·B, …) matrix is step t of text b.

/// The rules of one kind of recurrent cell: what a time step computes, and its gradient.
///
/// The input's share of all pre-activations, X W_x + b, is in the pass's `slots` before the first
/// step. A step adds the recurrent share and applies the gates. All workers call each step, each for
/// its own part; whoever drives the loop lets them meet between steps where they must.
protocol Cell: Sendable {
  /// Blocks of H columns in the weights: PyTorch's gates.
  var gateCount: Int { get }
  /// Blocks of H columns kept for each step: the gates, then what else the way back needs.
  var slotCount: Int { get }
  /// Whether the state has a second part, C, beside H.
  var hasMemory: Bool { get }

  /// The gates to whose input's share both biases that PyTorch has are added at once.
  var gatesOfJointBiases: Range<Int> { get }

  /// Adds to some pre-activations of the step what the state before it gives.
  func addRecurrentShare(_ time: Int, of pass: CellPass, _ part: StepPart)

  /// From the input's share to the state after the step.
  ///
  /// - Parameter hasRecurrentShare: whether `addRecurrentShare` has been called already.
  func forward(
    _ time: Int, of pass: CellPass, share: StepShare, hasRecurrentShare: Bool, worker: Worker)

  /// Turns the step's slots into the gradients of the pre-activations, and adds to the previous
  /// step's dH what comes through this one.
  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, share: StepShare, worker: Worker)

  /// What the time steps multiply with the recurrent weights beside the previous H, each (T·B, H).
  func furtherOperands(of pass: CellPass) -> [StripedMatrix]

  /// The gradients of the recurrent weights and their bias, once all steps have been gone back;
  /// `operands` are the previous H and the further operands, transposed.
  func weightGradients(
    of pass: CellPass, _ gradients: CellGradients, operands: [Matrix], worker: Worker)
}

extension Cell {
  var gatesOfJointBiases: Range<Int> { 0..<gateCount }

  func furtherOperands(of pass: CellPass) -> [StripedMatrix] { [] }

  /// Makes the part of `pass.bias` that belongs to a strip of the slots, from the parameters of now.
  func setBias(ofStrip strip: Int, of pass: CellPass) {
    let columns = pass.slots.columns(ofStrip: strip)
    let input = pass.weights.inputBias.columns(columns)
    if gatesOfJointBiases.contains(pass.slots.block(ofStrip: strip)) {
      pass.bias(ofStrip: strip).setSum(input, pass.weights.hiddenBias.columns(columns))
    } else {
      pass.bias(ofStrip: strip).copy(from: input)
    }
  }

  func weightGradients(
    of pass: CellPass, _ gradients: CellGradients, operands: [Matrix], worker: Worker
  ) {
    gradients.setHiddenWeight(
      0..<gateCount, operands[0], pass.slots.blocks(0..<gateCount), sharedWith: worker)
  }
}

/// The parameters of one direction of one layer, or their gradients.
struct CellWeights: Sendable {
  /// (inputs, gates · H), a block each gate
  let input: StripedMatrix
  /// (H, gates · H), a block each gate
  let hidden: StripedMatrix
  /// (1, gates · H)
  let inputBias: Matrix
  /// (1, gates · H)
  let hiddenBias: Matrix
}

/// The forward memory of one direction of one layer, for T steps of B texts.
struct CellPass: Sendable {
  let steps: Int
  let batch: Int
  /// Whether time runs from the last step to the first.
  private(set) var isReversed: Bool
  /// (T·B, slots · H) pre-activations, then gates; on the way back their gradients. A block each slot.
  let slots: StripedMatrix
  /// ((T + 1)·B, H) the state before the first step and after each.
  let hidden: Matrix
  /// ((T + 1)·B, H) the same of the memory C; no rows where the cell has none.
  let memory: Matrix
  /// ((T + 1)·B, H) what the layer hands on: `hidden`, or its sum with the layer's input.
  let output: Matrix
  let weights: CellWeights
  /// (1, gates · H) what is added to the input's share: the biases, or their sum.
  let bias: Matrix

  /// H
  var units: Int { hidden.columns }

  /// The order in which the cell goes through the steps.
  func time(ofStep step: Int) -> Int { isReversed ? steps - 1 - step : step }

  /// The state before a step lies one place before that after it, in the cell's direction.
  private func statePlace(_ time: Int) -> Int { isReversed ? time : time + 1 }
  private func previousPlace(_ time: Int) -> Int { isReversed ? time + 1 : time }

  private func rows(_ place: Int) -> Range<Int> { place * batch..<(place + 1) * batch }

  /// (B, H) after step `time`.
  func state(_ states: Matrix, _ time: Int) -> Matrix { states.rows(rows(statePlace(time))) }

  /// (B, H) before step `time`.
  func previousState(_ states: Matrix, _ time: Int) -> Matrix {
    states.rows(rows(previousPlace(time)))
  }

  /// (B, H) before the first step, in the cell's direction.
  func initialState(_ states: Matrix) -> Matrix {
    previousState(states, time(ofStep: 0))
  }

  /// (B, H) after the last step, in the cell's direction.
  func finalState(_ states: Matrix) -> Matrix { state(states, time(ofStep: steps - 1)) }

  /// (T·B, H) after each step, in the order of time.
  func afterSteps(_ states: Matrix) -> Matrix {
    states.rows(statePlace(0) * batch..<(statePlace(0) + steps) * batch)
  }

  /// (T·B, H) before each step, in the order of time.
  func beforeSteps(_ states: Matrix) -> Matrix {
    states.rows(previousPlace(0) * batch..<(previousPlace(0) + steps) * batch)
  }

  /// The same memory, of a run in the other direction. Of one step: it begins with the state that this
  /// one ends with.
  var turned: CellPass {
    var pass = self
    pass.isReversed.toggle()
    return pass
  }

  /// (B, H) one block of one step.
  func slot(_ index: Int, at time: Int) -> StripedMatrix { slots(index..<index + 1, at: time) }

  /// (B, range · H) some blocks of one step.
  func slots(_ range: Range<Int>, at time: Int) -> StripedMatrix {
    slots.blocks(range).rows(rows(time))
  }

  /// The part of `bias` that belongs to a strip of the slots.
  func bias(ofStrip strip: Int) -> Matrix { bias.columns(slots.columns(ofStrip: strip)) }

  /// Adds operand · W to a part of some gates' pre-activations at step `time`.
  func addRecurrentProduct(
    of operand: some ProductOperand, gates: Range<Int>, _ part: StepPart, at time: Int
  ) {
    slots(gates, at: time).strip(ofEachBlock: part.strip).rows(part.texts).setProduct(
      operand.rows(part.texts), weights.hidden.blocks(gates).strip(ofEachBlock: part.strip),
      startingFrom: .itself)
  }
}

/// The backward memory that belongs to a `CellPass`.
struct CellGradients: Sendable {
  /// ((T + 1)·B, H) dH, in the places of `CellPass.hidden`.
  let dHidden: Matrix
  /// (B, H) dC on its way back through time; no rows where the cell has no memory.
  let dMemory: Matrix
  /// (gates · H, H) the recurrent weights transposed.
  let hiddenWeightTransposed: StripedMatrix
  let weights: CellWeights

  /// Adds dGates · Wᵀ to some units of dH before step `time`, unless that is the first: gradients end
  /// there. `gates` says which rows of Wᵀ.
  func addToPreviousHidden(
    _ dGates: StripedMatrix, gates: Range<Int>, share: StepShare, at time: Int,
    of pass: CellPass
  ) {
    guard time != pass.time(ofStep: 0) else { return }
    let weight = hiddenWeightTransposed.rows(
      gates.lowerBound * pass.units..<gates.upperBound * pass.units)
    pass.previousState(dHidden, time).part(share).setProduct(
      dGates.rows(share.texts), weight.columns(share.units), startingFrom: .itself)
  }

  /// The gradient of some gates' recurrent weights and biases: operand · dGates, the operand being
  /// transposed.
  func setHiddenWeight(
    _ gates: Range<Int>, _ operand: Matrix, _ dGates: StripedMatrix, sharedWith worker: Worker
  ) {
    let units = dGates.blockColumns
    let (weight, bias) = (
      weights.hidden.blocks(gates),
      weights.hiddenBias.columns(gates.lowerBound * units..<gates.upperBound * units)
    )
    dGates.forEachStrip(sharedWith: worker) { index in
      weight.strip(index).setProduct(
        operand, dGates.strip(index),
        columnSums: bias.columns(dGates.columns(ofStrip: index)))
    }
  }
}

/// A worker's part of every time step: some texts with all their units. Then workers need not meet
/// before the last step. Only where the texts are too few is it all texts with some of the units.
struct StepShare {
  let texts: Range<Int>
  let units: Range<Int>
  /// Whether the next step needs what other workers compute in this one.
  let isOfUnits: Bool

  /// Fewer texts a worker would not be worth reading all recurrent weights for.
  private static let fewestTexts = 12

  init(of worker: Worker, texts: Int, units: Int) {
    isOfUnits = texts < StepShare.fewestTexts * worker.count
    self.texts = isOfUnits ? 0..<texts : worker.share(of: texts)
    self.units =
      isOfUnits ? worker.share(of: units, multipleOf: StripedMatrix.stripWidth) : 0..<units
  }

  /// The units by strips, each with the same texts.
  var parts: some Sequence<StepPart> {
    let width = StripedMatrix.stripWidth
    return stride(from: units.lowerBound, to: units.upperBound, by: width).lazy.map { first in
      StepPart(
        texts: texts, strip: first / width, units: first..<min(first + width, units.upperBound))
    }
  }

  /// Waits for the other workers where this one needs what they compute.
  func synchronize(_ worker: Worker) {
    if isOfUnits { worker.synchronize() }
  }
}

/// Some texts of a time step and the units of one strip.
struct StepPart {
  let texts: Range<Int>
  let strip: Int
  let units: Range<Int>
}

extension Matrix {
  /// A worker's part of one time step's (B, H).
  func part(_ share: StepShare) -> Matrix { rows(share.texts).columns(share.units) }

  func part(_ part: StepPart) -> Matrix { rows(part.texts).columns(part.units) }
}

extension StripedMatrix {
  /// A part of one time step's (B, H).
  func part(_ part: StepPart) -> Matrix { strip(part.strip).rows(part.texts) }
}
