import Foundation
import Testing

@testable import RecurrentLM

@Suite struct ArchitectureTests {
  @Test func theFirstSizeOutOfRangeIsNamed() {
    func invalidOption(_ change: (inout Architecture) -> Void) -> String? {
      var architecture = Architecture()
      change(&architecture)
      return architecture.invalidOption
    }
    #expect(invalidOption { _ in } == nil)
    #expect(invalidOption { $0.hidden = 0 } == "hidden")
    #expect(invalidOption { $0.hidden = 1_000_000_000_000 } == "hidden")
    #expect(invalidOption { $0.layers = 257 } == "layers")
    #expect(invalidOption { $0.embedding = -1 } == "embedding")
    #expect(invalidOption { $0.objective = .cloze } == "objective")
    #expect(
      invalidOption {
        $0.objective = .cloze
        $0.bidirectional = true
      } == nil)
    #expect(
      invalidOption {
        $0.hidden = 16_384
        $0.layers = 256
        $0.embedding = 16_384
      } == nil)
  }
}
