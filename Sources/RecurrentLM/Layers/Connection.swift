import KernelOperands

/// How a layer differs from one of a plain stack.
struct LayerRule: Equatable, Sendable {
  /// Whether it adds what the layer below hands on (He et al. 2016, doi:10.1109/CVPR.2016.90).
  var isResidual = false
  var dropout = Dropout()
}

/// What a layer hands on to the next: its hidden states, some of them dropped, plus what the layer below
/// hands on where it is residual.
struct Connection: Sendable {
  /// By direction.
  let outputs: [States]
  private let hidden: [States]
  /// What is added to them; nil where nothing is.
  private let added: [States]?
  /// The probability with which a hidden state is dropped.
  private let dropout: Double

  /// - Parameters:
  ///   - element: of what products read of the outputs; that of the hidden states where there is nothing to
  ///     compute.
  ///   - below: the connection of the layer below; nil for the first layer.
  init(
    _ placement: Placement, _ rule: LayerRule, hidden: [States], _ element: Element,
    above below: Connection?
  ) {
    let added = rule.isResidual ? below?.outputs : nil
    let isIdentity = added == nil && rule.dropout.outputs == 0
    self.init(
      outputs: isIdentity
        ? hidden
        : hidden.map {
          States(
            placement, $0.order, columns: $0.matrix.columns, factor: element)
        }, hidden: hidden, added: added, dropout: rule.dropout.outputs)
  }

  private init(outputs: [States], hidden: [States], added: [States]?, dropout: Double) {
    self.outputs = outputs
    self.hidden = hidden
    self.added = added
    self.dropout = dropout
  }

  /// The same memory, taken in the other direction; see `States.reversed`.
  var reversed: Connection {
    Connection(
      outputs: outputs.map(\.reversed), hidden: hidden.map(\.reversed),
      added: added?.map(\.reversed), dropout: dropout)
  }

  /// Whether the hidden states are handed on as they are: then there is nothing to compute.
  var isIdentity: Bool { !isResidual && dropout == 0 }

  /// Whether what the layer below hands on is added.
  var isResidual: Bool { added != nil }

  /// The rows and columns of each direction's outputs.
  private var rows: Int { outputs[0].matrix.rows }
  private var columns: Int { outputs[0].matrix.columns }

  /// Computes one worker's part of the outputs.
  ///
  /// - Parameter seed: of this layer's masks.
  func forward(seed: UInt64, dividedBy worker: Worker) {
    forward(rows: worker.range(of: rows), columns: 0..<columns, seed: seed)
  }

  /// Computes some columns of the outputs of a step, in a network without dropout.
  func forward(columns: Range<Int>) {
    forward(rows: 0..<rows, columns: columns, seed: 0)
  }

  private func forward(rows: Range<Int>, columns: Range<Int>, seed: UInt64) {
    guard !isIdentity else { return }
    for (index, states) in outputs.enumerated() {
      let output = states.matrix.rows(rows).columns(columns)
      var kept = hidden[index].matrix.rows(rows).columns(columns)
      if dropout > 0 {
        let mask = mask(ofDirection: index, seed: seed)
        output.setDropped(kept, by: mask, firstRow: rows.lowerBound)
        kept = output
      }
      if let added {
        output.setSum(kept, added[index].matrix.rows(rows).columns(columns))
      }
      states.round(rows: rows, columns: columns)
    }
  }

  /// Turns one worker's part of the gradients of the outputs, in place, into those of the hidden states,
  /// and sets those of what was added.
  func backward(
    _ dHidden: [States], added dAdded: [States], seed: UInt64, dividedBy worker: Worker
  ) {
    let rows = worker.range(of: rows)
    for (index, dHidden) in dHidden.enumerated() {
      let dHidden = dHidden.matrix.rows(rows)
      if isResidual { dAdded[index].matrix.rows(rows).copy(from: dHidden) }
      if dropout > 0 {
        dHidden.setDropped(
          dHidden, by: mask(ofDirection: index, seed: seed), firstRow: rows.lowerBound)
      }
    }
  }

  private func mask(ofDirection index: Int, seed: UInt64) -> DropoutMask {
    DropoutMask(seed: mixed(seed &+ UInt64(index)), probability: dropout)
  }
}
