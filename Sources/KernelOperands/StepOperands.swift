/// The element-wise part of one time step of a cell, for some sequences and some units.
///
/// `gates` points at the first of the units in the cell's first block, row by row; the other blocks
/// (LSTM: I, F, G, O; GRU: R, Z, N and a fourth) follow at equal distances. States are (B, H) each,
/// all with rows equally far apart. `previous` is the step before, in the direction of the cell.
public struct StepOperands {
  /// Sequences.
  public var rows: Int
  /// A multiple of 16.
  public var units: Int
  /// Pre-activations, which become gates in place; on the way back their gradients.
  public var gates: UnsafeMutablePointer<Float>
  /// From a block to the next, in floats.
  public var blockStride: Int
  /// From a sequence to the next in `gates`.
  public var gatesRow: Int
  public var previousH: UnsafePointer<Float>
  public var h: UnsafeMutablePointer<Float>
  /// The cell state of an LSTM; nil elsewhere.
  public var previousC: UnsafePointer<Float>?
  public var c: UnsafeMutablePointer<Float>?
  /// From a sequence to the next in every state and every gradient of one.
  public var stateRow: Int

  @inlinable
  public init(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, blockStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>,
    previousC: UnsafePointer<Float>?, c: UnsafeMutablePointer<Float>?, stateRow: Int
  ) {
    self.rows = rows
    self.units = units
    self.gates = gates
    self.blockStride = blockStride
    self.gatesRow = gatesRow
    self.previousH = previousH
    self.h = h
    self.previousC = previousC
    self.c = c
    self.stateRow = stateRow
  }
}

/// The gradients of the states of the same sequences and units.
public struct StepGradients {
  /// The whole gradient of this step's H.
  public var dH: UnsafeMutablePointer<Float>
  /// That of the previous H, to which a step may add.
  public var dPreviousH: UnsafeMutablePointer<Float>
  /// That of an LSTM's C, on its way from the step after to the step before; nil elsewhere.
  public var dC: UnsafeMutablePointer<Float>?

  @inlinable
  public init(
    dH: UnsafeMutablePointer<Float>, dPreviousH: UnsafeMutablePointer<Float>,
    dC: UnsafeMutablePointer<Float>?
  ) {
    self.dH = dH
    self.dPreviousH = dPreviousH
    self.dC = dC
  }
}
