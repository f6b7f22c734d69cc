import Foundation
import Testing

@Suite struct RNNGatesTests {
  @Test(arguments: builds, StepShape.all)
  func forwardIsTheActivationOfEachElement(_ build: InstructionSet, _ shape: StepShape) {
    for relu in [false, true] {
      var draws = Draws(seed: shape.rows)
      let a = shape.gates(&draws)
      var h = shape.state(&draws)
      var expected = h
      shape.forEach { row, unit in
        expected[row, unit] = relu ? max(0, a[row, unit]) : tanh(a[row, unit])
      }
      build.kernels.rnnForward(
        rows: shape.rows, units: shape.units, relu: relu, a: a.floats, aRow: a.stride,
        h: &h.floats, hRow: h.stride)
      #expect(h.error(from: expected) < (relu ? roundoff : stepTolerance), "ReLU: \(relu)")
    }
  }

  @Test(arguments: builds, StepShape.all)
  func backwardIsTheSlopeAtTheOutput(_ build: InstructionSet, _ shape: StepShape) {
    for relu in [false, true] {
      var draws = Draws(seed: shape.rows)
      var h = shape.state(&draws)
      let dH = draws.fractions(shape.rows, shape.units, padding: 7)
      var dA = shape.gates(&draws)
      if relu { h[0, 0] = 0 }
      var expected = dA
      shape.forEach { row, unit in
        let output = h[row, unit]
        expected[row, unit] = dH[row, unit] * (relu ? (output > 0 ? 1 : 0) : 1 - output * output)
      }
      build.kernels.rnnBackward(
        rows: shape.rows, units: shape.units, relu: relu, h: h.floats, hRow: h.stride,
        dH: dH.floats, dHRow: dH.stride, dA: &dA.floats, dARow: dA.stride)
      #expect(dA.error(from: expected) <= (relu ? 0 : 4 * roundoff), "ReLU: \(relu)")
    }
  }

  @Test(arguments: builds, [false, true])
  func whatIsNotANumberStaysSo(_ build: InstructionSet, _ relu: Bool) {
    let a = Grid(1, 16) { .nan }
    var h = Grid(1, 16)
    build.kernels.rnnForward(
      rows: 1, units: 16, relu: relu, a: a.floats, aRow: 16, h: &h.floats, hRow: 16)
    #expect(h.floats.allSatisfy { $0.isNaN })
  }
}
