/// The order in which one direction of a layer takes the T steps of B sequences.
struct TimeOrder: Equatable, Sendable {
  let steps: Int
  let batch: Int
  /// Whether time runs from the last step to the first.
  private(set) var isReversed = false

  init(steps: Int, batch: Int, isReversed: Bool) {
    self.steps = steps
    self.batch = batch
    self.isReversed = isReversed
  }

  var reversed: TimeOrder { TimeOrder(steps: steps, batch: batch, isReversed: !isReversed) }

  /// The time of the `index`-th step that is taken.
  func time(ofStep index: Int) -> Int { isReversed ? steps - 1 - index : index }

  /// The rows of a (T·B, …) matrix that belong to a time.
  func rows(at time: Int) -> Range<Int> { time * batch..<(time + 1) * batch }
}

/// The states of one direction of a layer: one before the first step and one after each.
///
/// They lie in the order of time, whatever the order of the steps: so a reversed direction begins with
/// the last of them.
struct States: Sendable {
  /// ((T + 1)·B, H)
  let matrix: Matrix
  let order: TimeOrder

  private var firstAfter: Int { order.isReversed ? 0 : 1 }
  private var firstBefore: Int { order.isReversed ? 1 : 0 }

  /// (B, H) after the step at `time`.
  func after(_ time: Int) -> Matrix { matrix.rows(order.rows(at: time + firstAfter)) }

  /// (B, H) before the step at `time`.
  func before(_ time: Int) -> Matrix { matrix.rows(order.rows(at: time + firstBefore)) }

  /// (B, H) before the first step.
  var initial: Matrix { before(order.time(ofStep: 0)) }

  /// (B, H) after the last step.
  var final: Matrix { after(order.time(ofStep: order.steps - 1)) }

  /// The rows of `matrix`, T·B of them, after each step in the order of time.
  var rowsAfterSteps: Range<Int> { rows(from: firstAfter) }

  /// The same before each step.
  var rowsBeforeSteps: Range<Int> { rows(from: firstBefore) }

  private func rows(from first: Int) -> Range<Int> {
    first * order.batch..<(first + order.steps) * order.batch
  }

  /// The same memory, taken in the other direction. With one step, it begins with the state with which
  /// this ends.
  var reversed: States { States(matrix: matrix, order: order.reversed) }
}
