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
    var memory = StepMemory(shape, &draws)
    var expected = memory
    shape.forEach { row, unit in
      let step = step(memory, row, unit, resetsAfter: true)
      expected.gates[row, shape.blocks(unit)] = [
        step.reset, step.update, step.candidate, step.a[3],
      ]
      expected.h[row, unit] = step.h
    }
    memory.run { step, _ in build.kernels.gruForward(step) }
    #expect(memory.gates.error(from: expected.gates) < stepTolerance)
    #expect(memory.h.error(from: expected.h) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func backwardWithResetAfterGivesTheGradients(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 2)
    var memory = StepMemory(shape, &draws)
    var expected = memory
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = step(memory, row, unit, resetsAfter: true)
      let dH = memory.dH[row, unit]
      func loss(_ step: Step) -> Double { dH * step.h }
      expected.gates[row, blocks] = (0..<4).map { derivative(by: \.a[$0], at: step, of: loss) }
      expected.dPreviousH[row, unit] += derivative(by: \.previousH, at: step, of: loss)
      memory.gates[row, blocks] = [step.reset, step.update, step.candidate, step.a[3]]
    }
    memory.run { build.kernels.gruBackward($0, $1) }
    #expect(memory.gates.error(from: expected.gates) < stepTolerance)
    #expect(memory.dPreviousH.error(from: expected.dPreviousH) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func forwardWithResetBeforeFollowsTheEquations(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 3)
    var memory = StepMemory(shape, &draws)
    var (halfway, expected) = (memory.gates, memory)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = step(memory, row, unit, resetsAfter: false)
      halfway[row, blocks] = [step.reset, step.update, step.a[2], step.product]
      expected.gates[row, blocks] = [step.reset, step.update, step.candidate, step.product]
      expected.h[row, unit] = step.h
    }
    memory.run { step, _ in build.kernels.gruResetForward(step) }
    #expect(memory.gates.error(from: halfway) < stepTolerance)
    memory.run { step, _ in build.kernels.gruCandidateForward(step) }
    #expect(memory.gates.error(from: expected.gates) < stepTolerance)
    #expect(memory.h.error(from: expected.h) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func backwardWithResetBeforeGivesTheGradients(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 4)
    var memory = StepMemory(shape, &draws)
    // The gradient of R ⊙ H', which takes the place of dH.
    let dProduct = shape.state(&draws)
    var (halfway, expected) = (memory, memory)
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = step(memory, row, unit, resetsAfter: false)
      let (dH, dProduct) = (memory.dH[row, unit], dProduct[row, unit])
      func loss(_ step: Step) -> Double { dH * step.h }
      func lossThroughProduct(_ step: Step) -> Double { dProduct * step.product }
      let gradients = (0..<3).map { block in
        derivative(by: \.a[block], at: step, of: block == 0 ? lossThroughProduct : loss)
      }
      let before = [step.reset, step.update, step.candidate, step.product]
      memory.gates[row, blocks] = before
      halfway.gates[row, blocks] = [before[0], gradients[1], gradients[2], before[3]]
      expected.gates[row, blocks] = gradients + [before[3]]
      halfway.dPreviousH[row, unit] += derivative(by: \.previousH, at: step, of: loss)
      expected.dPreviousH[row, unit] +=
        derivative(by: \.previousH, at: step) { loss($0) + lossThroughProduct($0) }
    }
    memory.run { build.kernels.gruCandidateBackward($0, $1) }
    #expect(memory.gates.error(from: halfway.gates) < stepTolerance)
    #expect(memory.dPreviousH.error(from: halfway.dPreviousH) < stepTolerance)
    memory.dH = dProduct
    memory.run { build.kernels.gruResetBackward($0, $1) }
    #expect(memory.gates.error(from: expected.gates) < stepTolerance)
    #expect(memory.dPreviousH.error(from: expected.dPreviousH) < stepTolerance)
  }

  private func step(_ memory: StepMemory, _ row: Int, _ unit: Int, resetsAfter: Bool) -> Step {
    Step(
      a: memory.gates[row, memory.shape.blocks(unit)], previousH: memory.previousH[row, unit],
      resetsAfter: resetsAfter)
  }
}
