import Foundation
import Testing

@testable import CharnnCommands

@Suite struct ModelPathTests {
  @Test func theModelIsTheOneGivenBeforeAnyOther() {
    #expect(modelPath("given.safetensors") == "given.safetensors")
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["CHARNN_MODEL"] == nil, "CHARNN_MODEL is set"))
  func theModelByDefaultIsWhatTrainWrites() {
    #expect(modelPath(nil) == "charnn.safetensors")
  }
}
