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

  /// The rows of a (T·B, …) matrix, by time.
  var groups: RowGroups { RowGroups(count: steps, rows: batch) }

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
  /// What products read of it: itself, or a copy that `round` sets.
  let factor: Matrix
  let order: TimeOrder

  /// - Parameter element: of `factor`.
  init(_ placement: Placement, _ order: TimeOrder, columns: Int, factor element: Element = .float) {
    let rows = (order.steps + 1) * order.batch
    let matrix = placement.matrix(rows: rows, columns: columns)
    self.init(matrix: matrix, factor: matrix.factor(element, placement), order: order)
  }

  private init(matrix: Matrix, factor: Matrix, order: TimeOrder) {
    self.matrix = matrix
    self.factor = factor
    self.order = order
  }

  private var firstAfter: Int { order.isReversed ? 0 : 1 }
  private var firstBefore: Int { order.isReversed ? 1 : 0 }

  /// (B, H) after the step at `time`.
  func after(_ time: Int) -> Matrix { matrix.rows(rowsAfter(time)) }

  /// (B, H) before the step at `time`.
  func before(_ time: Int) -> Matrix { matrix.rows(rowsBefore(time)) }

  /// What products read of the states before the step at `time`.
  func factorBefore(_ time: Int) -> Matrix { factor.rows(rowsBefore(time)) }

  private func rowsBefore(_ time: Int) -> Range<Int> { order.rows(at: time + firstBefore) }
  private func rowsAfter(_ time: Int) -> Range<Int> { order.rows(at: time + firstAfter) }

  /// Sets what products read of some states, which have been set.
  func round(rows: Range<Int>, columns: Range<Int>) {
    guard factor.element != .float else { return }
    let width = factor.element.width
    factor.rows(rows).columns(columns.lowerBound / width..<columns.upperBound / width)
      .setFactor(of: matrix.rows(rows).columns(columns))
  }

  /// The same of the states after the step at `time`.
  func roundAfter(_ time: Int, in panel: StepPanel) {
    let first = rowsAfter(time).lowerBound
    round(
      rows: first + panel.sequences.lowerBound..<first + panel.sequences.upperBound,
      columns: panel.units)
  }

  /// The same of the states before the first step, divided among the workers.
  func roundInitial(dividedBy worker: Worker) {
    let first = rowsBefore(order.time(ofStep: 0)).lowerBound
    let mine = worker.range(of: order.batch)
    round(rows: first + mine.lowerBound..<first + mine.upperBound, columns: 0..<matrix.columns)
  }

  /// (B, H) before the first step.
  var initial: Matrix { before(order.time(ofStep: 0)) }

  /// (B, H) after the last step.
  var final: Matrix { after(order.time(ofStep: order.steps - 1)) }

  /// The rows of `matrix` by time.
  var groups: RowGroups { RowGroups(count: order.steps + 1, rows: order.batch) }

  /// The rows of `matrix`, T·B of them, after each step in the order of time.
  var rowsAfterSteps: Range<Int> { rows(from: firstAfter) }

  /// The same before each step.
  var rowsBeforeSteps: Range<Int> { rows(from: firstBefore) }

  private func rows(from first: Int) -> Range<Int> {
    first * order.batch..<(first + order.steps) * order.batch
  }

  /// The same memory, taken in the other direction. With one step, it begins with the state with which
  /// this ends.
  var reversed: States { States(matrix: matrix, factor: factor, order: order.reversed) }
}
