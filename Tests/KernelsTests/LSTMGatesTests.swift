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
    var memory = StepMemory(shape, &draws)
    var expected = memory
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(a: memory.gates[row, blocks], previousC: memory.previousC[row, unit])
      expected.gates[row, blocks] = step.gates
      expected.c[row, unit] = step.c
      expected.h[row, unit] = step.h
    }
    memory.run { step, _ in build.kernels.lstmForward(step) }
    #expect(memory.gates.error(from: expected.gates) < stepTolerance)
    #expect(memory.c.error(from: expected.c) < stepTolerance)
    #expect(memory.h.error(from: expected.h) < stepTolerance)
  }

  @Test(arguments: builds, StepShape.all)
  func backwardGivesTheGradientsOfTheEquations(_ build: InstructionSet, _ shape: StepShape) {
    var draws = Draws(seed: 2)
    var memory = StepMemory(shape, &draws)
    var expected = memory
    shape.forEach { row, unit in
      let blocks = shape.blocks(unit)
      let step = Step(a: memory.gates[row, blocks], previousC: memory.previousC[row, unit])
      let (dH, dC) = (memory.dH[row, unit], memory.dC[row, unit])
      func loss(_ step: Step) -> Double { dH * step.h + dC * step.c }
      expected.gates[row, blocks] = (0..<4).map { derivative(by: \.a[$0], at: step, of: loss) }
      expected.dC[row, unit] = derivative(by: \.previousC, at: step, of: loss)
      memory.gates[row, blocks] = step.gates
      memory.c[row, unit] = step.c
    }
    memory.run { build.kernels.lstmBackward($0, $1) }
    #expect(memory.gates.error(from: expected.gates) < stepTolerance)
    #expect(memory.dC.error(from: expected.dC) < stepTolerance)
  }
}
