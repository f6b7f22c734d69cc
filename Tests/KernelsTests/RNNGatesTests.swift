import Foundation
import Testing

@Suite struct RNNGatesTests {
  @Test(arguments: builds, StepShape.all)
  func forwardIsTheActivationOfEachElement(_ build: InstructionSet, _ shape: StepShape) {
    for relu in [false, true] {
      var draws = Draws(seed: shape.rows)
      var memory = StepMemory(shape, &draws)
      var expected = memory.h
      shape.forEach { row, unit in
        let a = memory.gates[row, unit]
        expected[row, unit] = relu ? max(0, a) : tanh(a)
      }
      memory.run { step, _ in build.kernels.rnnForward(step, relu: relu) }
      #expect(
        memory.h.error(from: expected) < (relu ? roundoff : stepTolerance), "ReLU: \(relu)")
    }
  }

  @Test(arguments: builds, StepShape.all)
  func backwardIsTheSlopeAtTheOutput(_ build: InstructionSet, _ shape: StepShape) {
    for relu in [false, true] {
      var draws = Draws(seed: shape.rows)
      var memory = StepMemory(shape, &draws)
      if relu { memory.h[0, 0] = 0 }
      var expected = memory.gates
      shape.forEach { row, unit in
        let output = memory.h[row, unit]
        let slope = relu ? (output > 0 ? 1 : 0) : 1 - output * output
        expected[row, unit] = memory.dH[row, unit] * slope
      }
      memory.run { build.kernels.rnnBackward($0, $1, relu: relu) }
      #expect(
        memory.gates.error(from: expected) <= (relu ? 0 : 4 * roundoff), "ReLU: \(relu)")
    }
  }

  @Test(arguments: builds, [false, true])
  func whatIsNotANumberStaysSo(_ build: InstructionSet, _ relu: Bool) {
    var draws = Draws(seed: 1)
    let shape = StepShape(rows: 1, units: 16, gateStride: 16, padding: 0)
    var memory = StepMemory(shape, &draws)
    for unit in 0..<16 { memory.gates[0, unit] = .nan }
    memory.run { step, _ in build.kernels.rnnForward(step, relu: relu) }
    #expect((0..<16).allSatisfy { memory.h[0, $0].isNaN })
  }
}
