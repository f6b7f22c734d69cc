import Testing

@testable import CharnnCommands

@Test(
  arguments: [
    (.done, 0), (.thresholdMissed, 1), (.usage, 64), (.badData, 65), (.missingInput, 66),
    (.internalError, 70), (.cannotCreate, 73), (.inputOutput, 74), (.interrupted, 130),
    (.terminated, 143),
  ] as [(ExitCode, Int32)])
func exitCodesAreThoseThatScriptsRelyOn(_ code: ExitCode, _ number: Int32) {
  #expect(code.rawValue == number)
}
