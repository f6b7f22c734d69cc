import Foundation
import Testing

/// One unit's step by the equations of LSTMGates.swift, from the pre-activations of I, F, G and O.
private struct Step {
  var a: [Double]
  var previousC: Double

  var gates: [Double] { [logistic(a[0]), logistic(a[1]), tanh(a[2]), logistic(a[3])] }
  var c: Double { gates[1] * previousC + gates[0] * gates[2] }
  var h: Double { gates[3] * tanh(c) }
}

@Suite struct LSTMGatesTests {
  @Test(arguments: builds, StepShape.all)
  func forwardFollowsTheEquations(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 1)
    let previousC = shape.state(&draws)
    var (gates, c, h) = (shape.gates(&draws), shape.state(&draws), shape.state(&draws))
    var expected = (gates: gates, c: c, h: h)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(a: gates[row, blocks], previousC: previousC[row, unit])
      expected.gates[row, blocks] = step.gates
      expected.c[row, unit] = step.c
      expected.h[row, unit] = step.h
    }
    build.kernels.lstmForward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousC: previousC.floats, c: &c.floats, h: &h.floats,
      stateRow: h.stride)
    #expect(gates.error(from: expected.gates) < stepTolerance)
    #expect(c.error(from: expected.c) < stepTolerance)
    #expect(h.error(from: expected.h) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func backwardGivesTheGradientsOfTheEquations(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 2)
    let (previousC, dH) = (shape.state(&draws), shape.state(&draws))
    let a = shape.gates(&draws)
    var (gates, c) = (a, shape.state(&draws))
    var dC = draws.fractions(shape.rows, shape.units, padding: 7)
    var expected = (gates: gates, dC: dC)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(a: a[row, blocks], previousC: previousC[row, unit])
      gates[row, blocks] = step.gates
      c[row, unit] = step.c
      func loss(_ step: Step) -> Double { dH[row, unit] * step.h + dC[row, unit] * step.c }
      expected.gates[row, blocks] = (0..<4).map { derivative(by: \.a[$0], at: step, of: loss) }
      expected.dC[row, unit] = derivative(by: \.previousC, at: step, of: loss)
    }
    build.kernels.lstmBackward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousC: previousC.floats, c: c.floats, dH: dH.floats,
      stateRow: dH.stride, dC: &dC.floats, dCRow: dC.stride)
    #expect(gates.error(from: expected.gates) < stepTolerance)
    #expect(dC.error(from: expected.dC) < stepTolerance)
  }
}
