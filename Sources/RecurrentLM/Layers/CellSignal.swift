/// One of the values that each unit of a cell has in every time step: a gate, or a part of its state.
public struct CellSignal: Equatable, Sendable {
  /// Where the values lie.
  public enum Scale: Equatable, Sendable {
    /// From 0 to 1: how far a gate is open.
    case gate
    /// From -1 to 1.
    case signed
    /// From 0 upwards: a ReLU.
    case positive
  }

  /// What holds the values after a step.
  enum Source: Equatable {
    /// A block of `LayerDirection.blocks`.
    case block(Int)
    /// tanh(C)
    case cellState
    /// H
    case hidden
  }

  public let name: String
  public let scale: Scale
  let source: Source
}

extension Cell {
  /// All values of a unit: what the cell names in its blocks, then its state.
  var signals: [CellSignal] {
    let cellState = CellSignal(name: "tanh(C)", scale: .signed, source: .cellState)
    let hidden = CellSignal(name: "H", scale: hiddenScale, source: .hidden)
    return blockSignals + (hasCellState ? [cellState] : []) + [hidden]
  }
}

extension Architecture {
  /// What each unit has in every time step.
  public var signals: [CellSignal] { recurrentCell.signals }

  /// What a unit has in mind: tanh(C) of an LSTM, else H.
  public var activity: CellSignal { signals[recurrentCell.blockSignals.count] }
}
