import Foundation
import Testing

/// One unit's step by the equations of GRUGates.swift.
private struct Step {
  /// What the four blocks hold before: the pre-activations of R, Z and N (reset after the product:
  /// without q; reset before it: with q), and q.
  var a: [Double]
  var previousH: Double
  var resetsAfter: Bool

  var reset: Double { logistic(a[0]) }
  var update: Double { logistic(a[1]) }
  var candidate: Double { tanh(resetsAfter ? a[2] + reset * a[3] : a[2]) }
  /// R ⊙ H'
  var product: Double { reset * previousH }
  var h: Double { update * previousH + (1 - update) * candidate }
}

@Suite struct GRUGatesTests {
  @Test(arguments: builds, StepShape.all)
  func forwardWithResetAfterFollowsTheEquations(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 1)
    let previousH = shape.state(&draws)
    var (gates, h) = (shape.gates(&draws), shape.state(&draws))
    var expected = (gates: gates, h: h)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(
        a: gates[row, blocks], previousH: previousH[row, unit], resetsAfter: true)
      expected.gates[row, blocks] = [step.reset, step.update, step.candidate, step.a[3]]
      expected.h[row, unit] = step.h
    }
    build.kernels.gruForward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousH: previousH.floats, h: &h.floats, hRow: h.stride)
    #expect(gates.error(from: expected.gates) < stepTolerance)
    #expect(h.error(from: expected.h) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func backwardWithResetAfterGivesTheGradients(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 2)
    let (previousH, dH) = (shape.state(&draws), shape.state(&draws))
    let a = shape.gates(&draws)
    var (gates, dPreviousH) = (a, shape.state(&draws))
    var expected = (gates: gates, dPreviousH: dPreviousH)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(a: a[row, blocks], previousH: previousH[row, unit], resetsAfter: true)
      func loss(_ step: Step) -> Double { dH[row, unit] * step.h }
      gates[row, blocks] = [step.reset, step.update, step.candidate, step.a[3]]
      expected.gates[row, blocks] = (0..<4).map { derivative(by: \.a[$0], at: step, of: loss) }
      expected.dPreviousH[row, unit] += derivative(by: \.previousH, at: step, of: loss)
    }
    build.kernels.gruBackward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousH: previousH.floats, dH: dH.floats,
      dPreviousH: &dPreviousH.floats, hRow: dH.stride)
    #expect(gates.error(from: expected.gates) < stepTolerance)
    #expect(dPreviousH.error(from: expected.dPreviousH) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func forwardWithResetBeforeFollowsTheEquations(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 3)
    let previousH = shape.state(&draws)
    var (gates, h) = (shape.gates(&draws), shape.state(&draws))
    var expected = (halfway: gates, gates: gates, h: h)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(
        a: gates[row, blocks], previousH: previousH[row, unit], resetsAfter: false)
      expected.halfway[row, blocks] = [step.reset, step.update, step.a[2], step.product]
      expected.gates[row, blocks] = [step.reset, step.update, step.candidate, step.product]
      expected.h[row, unit] = step.h
    }
    build.kernels.gruResetForward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousH: previousH.floats, hRow: previousH.stride)
    #expect(gates.error(from: expected.halfway) < stepTolerance)
    build.kernels.gruCandidateForward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousH: previousH.floats, h: &h.floats, hRow: h.stride)
    #expect(gates.error(from: expected.gates) < stepTolerance)
    #expect(h.error(from: expected.h) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func backwardWithResetBeforeGivesTheGradients(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 4)
    let (previousH, dH) = (shape.state(&draws), shape.state(&draws))
    let dProduct = draws.fractions(shape.rows, shape.units, padding: 7)
    let a = shape.gates(&draws)
    var (gates, dPreviousH) = (a, shape.state(&draws))
    var expected = (halfway: a, gates: a, dPreviousHalfway: dPreviousH, dPreviousH: dPreviousH)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(a: a[row, blocks], previousH: previousH[row, unit], resetsAfter: false)
      func loss(_ step: Step) -> Double { dH[row, unit] * step.h }
      func lossThroughProduct(_ step: Step) -> Double { dProduct[row, unit] * step.product }
      let gradients = (0..<3).map { block in
        derivative(by: \.a[block], at: step, of: block == 0 ? lossThroughProduct : loss)
      }
      let before = [step.reset, step.update, step.candidate, step.product]
      gates[row, blocks] = before
      expected.halfway[row, blocks] = [before[0], gradients[1], gradients[2], before[3]]
      expected.gates[row, blocks] = gradients + [before[3]]
      expected.dPreviousHalfway[row, unit] += derivative(by: \.previousH, at: step, of: loss)
      expected.dPreviousH[row, unit] +=
        derivative(by: \.previousH, at: step) { loss($0) + lossThroughProduct($0) }
    }
    build.kernels.gruCandidateBackward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousH: previousH.floats, dH: dH.floats,
      dPreviousH: &dPreviousH.floats, hRow: dH.stride)
    #expect(gates.error(from: expected.halfway) < stepTolerance)
    #expect(dPreviousH.error(from: expected.dPreviousHalfway) < stepTolerance)
    build.kernels.gruResetBackward(
      rows: shape.rows, units: shape.units, gates: &gates.floats, gateStride: shape.gateStride,
      gatesRow: gates.stride, previousH: previousH.floats, dProduct: dProduct.floats,
      dProductRow: dProduct.stride, dPreviousH: &dPreviousH.floats, hRow: dH.stride)
    #expect(gates.error(from: expected.gates) < stepTolerance)
    #expect(dPreviousH.error(from: expected.dPreviousH) < stepTolerance)
  }
}
