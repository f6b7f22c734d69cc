import Testing

@testable import RecurrentLM

@Suite struct KernelSetTests {
  @Test func theBaselineAndTheBestAreSupportedAndTheSetInUseIsToo() {
    #expect(InstructionSet.baseline.isSupported)
    #expect(InstructionSet.best.isSupported)
    #expect(InstructionSet.current.isSupported)
  }

  @Test func whatIsSupportedEndsWithTheBest() {
    let supported = InstructionSet.allCases.filter(\.isSupported)
    #expect(supported.last == InstructionSet.best)
    #expect(supported == Array(InstructionSet.allCases.prefix(supported.count)))
  }
}
