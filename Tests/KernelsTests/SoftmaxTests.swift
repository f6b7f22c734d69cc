import Foundation
import KernelOperands
import Testing

/// Logits of some rows and classes.
struct SoftmaxShape: CustomTestStringConvertible {
  let rows, classes: Int
  /// Logits lie in [-range, range), and one of each row is the outlier.
  let range: Float
  var outlier: Float?

  static let all =
    [1, 2, 15, 16, 17, 33, 64, 77, 130].flatMap { classes in
      [1, 80].map { SoftmaxShape(rows: 5, classes: classes, range: $0) }
    } + [SoftmaxShape(rows: 7, classes: 33, range: 80, outlier: 1e4)]

  var testDescription: String { "\(rows) x \(classes), up to \(outlier ?? range)" }

  /// Padding classes hold anything before.
  func logits(_ draws: inout Draws) -> Grid {
    var x = Grid(rows, (classes + 15) / 16 * 16, padding: 3) { range * draws.fraction() }
    if let outlier {
      for row in 0..<rows { x[row, 4 * row] = Double(outlier) }
    }
    return x
  }
}

private let scale: Float = 0.25

/// dX and losses by the equations of Softmax.swift.
private func naive(_ x: Grid, classes: Int, targets: [Int32]) -> (dX: Grid, losses: Grid) {
  var (dX, losses) = (x, Grid(1, x.rows))
  for row in 0..<x.rows {
    let target = Int(targets[row])
    let logits = x[row, Array(0..<classes)]
    let largest = logits.max() ?? 0
    let powers = logits.map { exp($0 - largest) }
    let total = powers.reduce(0, +)
    var gradient = powers.map { $0 / total * Double(scale) }
    gradient[target] -= Double(scale)
    let padding = [Double](repeating: 0, count: x.columns - classes)
    dX[row, Array(0..<x.columns)] = gradient + padding
    losses[0, row] = log(total) + largest - logits[target]
  }
  return (dX, losses)
}

extension InstructionSet {
  fileprivate func softmaxCrossEntropy(
    _ x: Grid, classes: Int, targets: [Int32]
  ) -> (dX: Grid, losses: Grid) {
    var (panels, losses) = (x.panels(ofBlocks: x.columns), Grid(1, x.rows))
    let rows = x.rows
    panels.withUnsafeMutableBufferPointer { panels in
      losses.floats.withUnsafeMutableBufferPointer { losses in
        targets.withUnsafeBufferPointer { targets in
          guard let x = panels.baseAddress, let losses = losses.baseAddress,
            let targets = targets.baseAddress
          else { return }
          kernels.softmaxCrossEntropy(
            CrossEntropyOperands(
              rows: rows, classes: classes, x: x, xRow: 64, xPanel: 64 * rows + 16,
              targets: targets, scale: scale, losses: losses))
        }
      }
    }
    let dX = Grid(x.rows, x.columns, padding: x.padding, panels: panels, ofBlocks: x.columns)
    return (dX, losses)
  }
}

@Suite struct SoftmaxTests {
  @Test(arguments: builds, SoftmaxShape.all)
  func lossAndGradientFollowTheEquations(_ build: InstructionSet, _ shape: SoftmaxShape) {
    var draws = Draws(seed: shape.classes)
    let x = shape.logits(&draws)
    let targets = (0..<shape.rows).map { _ in draws.index(below: shape.classes) }
    let found = build.softmaxCrossEntropy(x, classes: shape.classes, targets: targets)
    let expected = naive(x, classes: shape.classes, targets: targets)

    // A probability has the relative errors of two exponentials and some roundings.
    #expect(found.dX.error(from: expected.dX) < 8 * roundoff * Double(scale))
    #expect(found.losses.error(from: expected.losses) < 8 * roundoff)

    // The sum under the fraction is rounded once for each vector and each lane.
    let roundings = Double(x.columns / 16 + 16)
    for row in 0..<shape.rows {
      let gradient = found.dX[row, Array(0..<x.columns)]
      #expect(gradient[shape.classes...].allSatisfy { $0 == 0 })
      #expect(abs(gradient.reduce(0, +)) < roundings * roundoff * Double(scale))
    }
  }

  @Test(arguments: builds)
  func aLogitThatIsNotANumberShowsInTheLossOfItsRow(_ build: InstructionSet) {
    for column in 0..<33 {
      var x = Grid(2, 48)
      x[0, column] = .nan
      let losses = build.softmaxCrossEntropy(x, classes: 33, targets: [1, 1]).losses
      #expect(losses[0, 0].isNaN)
      #expect(abs(losses[0, 1] - log(33)) < 1e-6)
    }
  }
}
