import Foundation
import KernelOperands
import Testing

// KernelSet.swift, InstructionSet.swift, PairOrder.swift and Platform.swift in this folder are links to
// the library's: one build of the kernels is chosen through them. The tests run over every build that
// this machine runs.

/// The builds under test.
let builds = InstructionSet.allCases.filter(\.isSupported)

/// Half the distance between 1 and the next Float: the relative error of one rounding.
let roundoff = 0x1p-24

/// A row-major matrix as kernels see one. Between the width and the stride, and in one more row
/// after the last, lie values that are not numbers, each with bits of its own: reading them poisons
/// a result, and writing them is a difference.
struct Grid {
  let rows, columns, padding: Int
  var floats: [Float]

  var stride: Int { columns + padding }

  init(_ rows: Int, _ columns: Int, padding: Int = 0, _ element: () -> Float = { 0 }) {
    (self.rows, self.columns, self.padding) = (rows, columns, padding)
    floats = [Float](repeating: .nan, count: (rows + 1) * (columns + padding))
    for row in 0...rows {
      let first = row * stride
      let width = row < rows ? columns : 0
      for place in first..<first + width { floats[place] = element() }
      for place in first + width..<first + stride {
        floats[place] = Float(bitPattern: Float.nan.bitPattern + UInt32(place))
      }
    }
  }

  /// The elements as naive twins read and write them: in Double.
  subscript(row: Int, column: Int) -> Double {
    get { Double(floats[row * stride + column]) }
    set { floats[row * stride + column] = Float(newValue) }
  }

  /// Some elements of a row.
  subscript(row: Int, columns: [Int]) -> [Double] {
    get { columns.map { self[row, $0] } }
    set { for (column, value) in zip(columns, newValue) { self[row, column] = value } }
  }

  /// A copy of some of the rows and columns.
  func block(_ rows: Range<Int>, _ columns: Range<Int>) -> Grid {
    var block = Grid(rows.count, columns.count)
    for (row, source) in rows.enumerated() {
      let start = source * stride
      block.floats.replaceSubrange(
        row * block.stride..<(row + 1) * block.stride,
        with: floats[start + columns.lowerBound..<start + columns.upperBound])
    }
    return block
  }

  func transposed(padding: Int = 0) -> Grid {
    var transposed = Grid(columns, rows, padding: padding)
    for row in 0..<rows {
      for column in 0..<columns { transposed[column, row] = self[row, column] }
    }
    return transposed
  }

  func hasSameBits(as other: Grid) -> Bool {
    floats.count == other.floats.count
      && memcmp(floats, other.floats, floats.count * MemoryLayout<Float>.stride) == 0
  }

  /// The largest error of an element, relative to what is expected where that is beyond ±1.
  /// Infinite if anything around the elements differs.
  func error(from expected: Grid) -> Double {
    guard !hasSameBits(as: expected) else { return 0 }
    guard floats.count == expected.floats.count else { return .infinity }
    var largest = 0.0
    for i in floats.indices where floats[i].bitPattern != expected.floats[i].bitPattern {
      let goal = Double(expected.floats[i])
      let error = abs(Double(floats[i]) - goal) / max(1, abs(goal))
      guard error.isFinite else { return .infinity }
      largest = max(largest, error)
    }
    return largest
  }
}

/// Knuth's linear congruential generator (MMIX), with the draws that tests need.
struct Draws {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) }

  /// Uniform in [-1, 1), in steps of 2^-23.
  mutating func fraction() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) * 0x1p-23 - 1
  }

  /// One of -4, -3, … 4: sums of some thousand products of these are exact in Float, whatever
  /// their order, so that a kernel must give what its twin gives.
  mutating func integer() -> Float { (fraction() * 4.5).rounded() }

  /// An index below `count`.
  mutating func index(below count: Int) -> Int32 { Int32((fraction() + 1) / 2 * Float(count)) }

  mutating func fractions(_ rows: Int, _ columns: Int, padding: Int = 0) -> Grid {
    Grid(rows, columns, padding: padding) { fraction() }
  }

  mutating func integers(_ rows: Int, _ columns: Int, padding: Int = 0) -> Grid {
    Grid(rows, columns, padding: padding) { integer() }
  }
}

/// The sizes of a recurrent step: `units` hidden units, out of the `gateStride` of each of the four
/// blocks of `gates`.
struct StepShape: CustomTestStringConvertible {
  let rows, units, gateStride, padding: Int

  static let all = [
    (1, 16, 16, 0), (2, 32, 32, 3), (5, 48, 64, 16), (3, 80, 80, 1), (13, 16, 48, 5),
    (31, 16, 19, 0),
  ].map { StepShape(rows: $0.0, units: $0.1, gateStride: $0.2, padding: $0.3) }

  var testDescription: String { "\(rows) x \(units), blocks of \(gateStride), padding \(padding)" }

  /// Values in [-1, 1).
  func state(_ draws: inout Draws) -> Grid { draws.fractions(rows, units, padding: padding) }

  /// Pre-activations in [-4, 4), also beyond `units`: there they must stay.
  func gates(_ draws: inout Draws) -> Grid {
    Grid(rows, 4 * gateStride, padding: padding) { 4 * draws.fraction() }
  }

  /// The columns of one unit in the four blocks.
  func blocks(_ unit: Int) -> [Int] { (0..<4).map { $0 * gateStride + unit } }

  func forEach(_ body: (_ row: Int, _ unit: Int) -> Void) {
    for row in 0..<rows {
      for unit in 0..<units { body(row, unit) }
    }
  }
}

/// The memory of a step. Between the elements lie values that are not numbers: see `Grid`.
struct StepMemory {
  let shape: StepShape
  var gates, previousH, h, previousC, c, dH, dPreviousH, dC: Grid

  init(_ shape: StepShape, _ draws: inout Draws) {
    self.shape = shape
    gates = shape.gates(&draws)
    (previousH, h) = (shape.state(&draws), shape.state(&draws))
    (previousC, c) = (shape.state(&draws), shape.state(&draws))
    (dH, dPreviousH, dC) = (shape.state(&draws), shape.state(&draws), shape.state(&draws))
  }

  /// Calls a kernel with this memory.
  mutating func run(_ kernel: (StepOperands, StepGradients) -> Void) {
    let (gatesRow, stateRow) = (gates.stride, h.stride)
    var (previousH, previousC, other) = (previousH, previousC, previousH)
    withMemory(of: &gates, &h, &c) { gates, h, c in
      withMemory(of: &dH, &dPreviousH, &dC) { dH, dPreviousH, dC in
        withMemory(of: &previousH, &previousC, &other) { previousH, previousC, _ in
          kernel(
            StepOperands(
              rows: shape.rows, units: shape.units, gates: gates, blockStride: shape.gateStride,
              gatesRow: gatesRow, previousH: previousH, h: h, previousC: previousC, c: c,
              stateRow: stateRow),
            StepGradients(dH: dH, dPreviousH: dPreviousH, dC: dC))
        }
      }
    }
  }
}

/// Calls `body` with the floats of three grids.
func withMemory(
  of a: inout Grid, _ b: inout Grid, _ c: inout Grid,
  _ body: (
    UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
  ) -> Void
) {
  a.floats.withUnsafeMutableBufferPointer { a in
    b.floats.withUnsafeMutableBufferPointer { b in
      c.floats.withUnsafeMutableBufferPointer { c in
        guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
        body(a, b, c)
      }
    }
  }
}

func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The largest error allowed in a step: the largest of an activation (Activations.swift), twice
/// where one is the argument of the other, and some roundings.
let stepTolerance = 5e-7

/// ∂loss/∂variable at one unit's step by a central difference, good to about 1e-10: a gradient that
/// knows nothing of the formulas of the backward kernels.
func derivative<Step>(
  by variable: WritableKeyPath<Step, Double>, at step: Step, of loss: (Step) -> Double
) -> Double {
  let distance = 1e-5
  var (below, above) = (step, step)
  below[keyPath: variable] -= distance
  above[keyPath: variable] += distance
  return (loss(above) - loss(below)) / (2 * distance)
}

// Matrices in panels of 64 columns, each row by row: in memory 64 floats a row, also where a panel is
// narrower, and 16 floats after each panel.
extension Grid {
  /// The panels of each block's columns. What is no element is no number.
  func panels(ofBlocks width: Int) -> [Float] {
    var panels: [Float] = []
    for block in Swift.stride(from: 0, to: columns, by: width) {
      let end = min(block + width, columns)
      for first in Swift.stride(from: block, to: end, by: 64) {
        for row in 0..<rows {
          panels += (first..<first + 64).map { $0 < end ? floats[row * stride + $0] : .nan }
        }
        panels += [Float](repeating: .nan, count: 16)
      }
    }
    return panels
  }

  /// The matrix that lies in `panels`, as one block or as blocks of up to 64 columns.
  init(_ rows: Int, _ columns: Int, padding: Int, panels: [Float], ofBlocks width: Int) {
    self.init(rows, columns, padding: padding)
    let panelWidth = min(width, 64)
    for row in 0..<rows {
      for column in 0..<columns {
        let (panel, place) = column.quotientAndRemainder(dividingBy: panelWidth)
        self[row, column] = Double(panels[panel * (64 * rows + 16) + row * 64 + place])
      }
    }
  }
}
