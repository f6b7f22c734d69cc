// Legend of shapes: T time steps, B batch, H hidden units padded to a multiple of 16.
// Sequences are time-major: row t · B + b of a (T·B, …) matrix is step t of text b.

/// The rules of one kind of recurrent cell: what a time step computes, and its gradient.
///
/// The input's share of all pre-activations, X W_x + b, is in the pass's `slots` before the first
/// step. A step adds the recurrent share and applies the gates. All workers call each step, each
/// for its own units; whoever drives the loop synchronises them between steps.
protocol Cell: Sendable {
  /// Blocks of H columns in the weights: PyTorch's gates.
  var gateCount: Int { get }
  /// Blocks of H columns kept for each step: the gates, then what else the way back needs.
  var slotCount: Int { get }
  /// Whether the state has a second part, C, beside H.
  var hasMemory: Bool { get }

  /// The bias that joins the input's share, from the two that PyTorch has.
  func combineBiases(input: Matrix, hidden: Matrix, into combined: Matrix)

  func forward(_ time: Int, of pass: CellPass, units: Range<Int>, worker: Worker)

  /// Turns the step's slots into the gradients of the pre-activations, and adds to the previous
  /// step's dH what comes through this one.
  func backward(
    _ time: Int, of pass: CellPass, _ gradients: CellGradients, units: Range<Int>, worker: Worker)

  /// The gradients of the recurrent weights and their bias, once all steps have been gone back.
  func weightGradients(of pass: CellPass, _ gradients: CellGradients, worker: Worker)
}

extension Cell {
  func combineBiases(input: Matrix, hidden: Matrix, into combined: Matrix) {
    kernels.add(count: combined.columns, x: input.base, y: hidden.base, z: combined.base)
  }

  /// Every gate's recurrent product has the previous H as its operand.
  func weightGradients(of pass: CellPass, _ gradients: CellGradients, worker: Worker) {
    let gates = pass.gates(0..<gateCount)
    gradients.hiddenWeight.setProduct(
      pass.previousHidden.transposed, gates, sharedWith: worker)
    gradients.hiddenBias.setSumOfRows(gates, sharedWith: worker)
  }
}

/// The forward memory of one direction of one layer, for T steps of B texts.
struct CellPass: Sendable {
  let steps: Int
  let batch: Int
  /// Whether time runs from the last step to the first.
  let isReversed: Bool
  /// (T·B, slots · H) pre-activations, then gates; on the way back their gradients.
  let slots: Matrix
  /// ((T + 1)·B, H) the state before the first step and after each.
  let hidden: Matrix
  /// ((T + 1)·B, H) the same of the memory C; no rows where the cell has none.
  let memory: Matrix
  /// (H, gates · H), a block each gate
  let hiddenWeight: PackedMatrix
  /// (1, gates · H)
  let hiddenBias: Matrix

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

  /// (T·B, H) the output of all steps, in the order of time.
  func outputs(_ states: Matrix) -> Matrix {
    states.rows(statePlace(0) * batch..<(statePlace(0) + steps) * batch)
  }

  /// (T·B, H) the hidden state before each step, in the order of time.
  var previousHidden: Matrix {
    hidden.rows(previousPlace(0) * batch..<(previousPlace(0) + steps) * batch)
  }

  /// (T·B, range · H) some blocks of all steps.
  func gates(_ range: Range<Int>) -> Matrix {
    slots.columns(range.lowerBound * units..<range.upperBound * units)
  }

  /// (B, range · H) some blocks of one step.
  func gates(_ range: Range<Int>, at time: Int) -> Matrix { gates(range).rows(rows(time)) }

  /// Adds previous · W to some units of one gate's pre-activations at step `time`.
  func addRecurrentProduct(
    of operand: Matrix, gate: Int, units: Range<Int>, at time: Int, by worker: Worker
  ) {
    gates(gate..<gate + 1, at: time).columns(units).setProduct(
      operand, hiddenWeight.block(gate).columns(units), startingFrom: .itself, by: worker)
  }
}

/// The backward memory that belongs to a `CellPass`.
struct CellGradients: Sendable {
  /// ((T + 1)·B, H) dH, in the places of `CellPass.hidden`.
  let dHidden: Matrix
  /// (B, H) dC on its way back through time; no rows where the cell has no memory.
  let dMemory: Matrix
  /// (gates · H, H) the recurrent weights transposed.
  let hiddenWeightTransposed: PackedMatrix
  /// (H, gates · H)
  let hiddenWeight: Matrix
  /// (1, gates · H)
  let hiddenBias: Matrix

  /// Adds dGates · Wᵀ to some units of dH before step `time`. `gates` says which rows of Wᵀ.
  func addToPreviousHidden(
    _ dGates: Matrix, gates: Range<Int>, units: Range<Int>, at time: Int, of pass: CellPass,
    by worker: Worker
  ) {
    let weight = hiddenWeightTransposed.rows(
      gates.lowerBound * pass.units..<gates.upperBound * pass.units)
    pass.previousState(dHidden, time).columns(units).setProduct(
      dGates, weight.columns(units), startingFrom: .itself, by: worker)
  }
}
