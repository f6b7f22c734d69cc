/// The states that one minibatch leaves to the next.
extension Network {
  /// The states of each direction of each layer: H, then C where the cell has it.
  var states: [States] { layers.flatMap(\.directions).flatMap(\.states) }

  /// The same of one direction only.
  func states(ofDirection direction: Int) -> [States] {
    layers.flatMap { $0.directions[direction].states }
  }

  /// The states of the direction that runs from the end to the start; none if there is none.
  var backwardStates: [States] {
    model.architecture.bidirectional ? states(ofDirection: 1) : []
  }

  /// Starts all sequences from a zero state.
  public func resetState() {
    for state in states { state.initial.fill(0) }
  }

  /// Lets the next minibatch continue where this one ended, or where one of `other` did.
  public func carryState(from other: Network? = nil) {
    for (state, source) in zip(states, (other ?? self).states) {
      state.initial.copy(from: source.final)
    }
    if model.architecture.objective.seesTarget {
      for state in backwardStates { state.initial.fill(0) }
    }
  }

  /// Starts the first sequences of the next minibatch each where one of `other`, which may be this
  /// network, ended.
  ///
  /// - Parameter rows: by sequence, which one of `other` it continues.
  func carryState(from other: Network, rows: [Int]) {
    for (state, source) in zip(states, other.states) {
      for (row, origin) in rows.enumerated() {
        state.initial.rows(row..<row + 1).copy(from: source.final.rows(origin..<origin + 1))
      }
    }
  }

  /// The state after the minibatch, by layer and direction: H, then C of an LSTM; each (B, hidden)
  /// without padding.
  func finalState() -> [[Float]] { values(of: states.map(\.final)) }

  /// Sets what `finalState` gives. Returns whether the sizes fit; if not, nothing changes.
  func setFinalState(_ state: [[Float]]) -> Bool {
    let matrices = states.map(\.final)
    let size = batch * model.architecture.hidden
    guard state.count == matrices.count, state.allSatisfy({ $0.count == size }) else {
      return false
    }
    store(state, in: matrices)
    return true
  }

  /// What state matrices hold, each (B, hidden) without padding.
  func values(of matrices: [Matrix]) -> [[Float]] {
    matrices.map { matrix in
      (0..<batch).flatMap { row in
        (0..<model.architecture.hidden).map { matrix[row, $0] }
      }
    }
  }

  /// Sets state matrices to what `values` gives.
  func store(_ values: [[Float]], in matrices: [Matrix]) {
    let hidden = model.architecture.hidden
    for (matrix, values) in zip(matrices, values) {
      for (index, value) in values.enumerated() {
        matrix[index / hidden, index % hidden] = value
      }
    }
  }
}
