/// What a layer makes of its hidden states before it hands them on.
struct ConnectionRule: Equatable, Sendable {
  /// Whether it adds what the layer below hands on (He et al. 2016, doi:10.1109/CVPR.2016.90).
  var isResidual = false
}

/// What a layer hands on to the next: its hidden states, changed by a rule.
struct Connection: Sendable {
  /// By direction.
  let outputs: [States]
  private let hidden: [States]
  /// What is added to them; nil where they are handed on as they are.
  private let added: [States]?

  /// - Parameter below: the connection of the layer below; nil for the first layer.
  init(_ placement: Placement, _ rule: ConnectionRule, hidden: [States], above below: Connection?) {
    self.hidden = hidden
    added = rule.isResidual ? below?.outputs : nil
    outputs =
      added == nil
      ? hidden
      : hidden.map {
        States(
          matrix: placement.matrix(rows: $0.matrix.rows, columns: $0.matrix.columns),
          order: $0.order)
      }
  }

  private init(outputs: [States], hidden: [States], added: [States]?) {
    self.outputs = outputs
    self.hidden = hidden
    self.added = added
  }

  /// The same memory, taken in the other direction; see `States.reversed`.
  var reversed: Connection {
    Connection(
      outputs: outputs.map(\.reversed), hidden: hidden.map(\.reversed),
      added: added?.map(\.reversed))
  }

  /// Whether the hidden states are handed on as they are: then there is nothing to compute.
  var isIdentity: Bool { added == nil }

  /// Computes a part of the outputs.
  func forward(_ part: (Matrix) -> Matrix) {
    guard let added else { return }
    for (index, output) in outputs.enumerated() {
      part(output.matrix).setSum(part(hidden[index].matrix), part(added[index].matrix))
    }
  }

  /// Turns the gradients of the outputs, in place, into those of the hidden states, and sets those of
  /// what was added.
  func backward(_ dHidden: [States], added dAdded: [States], _ part: (Matrix) -> Matrix) {
    guard added != nil else { return }
    for (dHidden, dAdded) in zip(dHidden, dAdded) {
      part(dAdded.matrix).copy(from: part(dHidden.matrix))
    }
  }
}
