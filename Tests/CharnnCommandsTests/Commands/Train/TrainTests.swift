import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct TrainTests {
  @Test(arguments: [
    (
      ["--resume", "--from", "a"],
      "--resume goes on from --out, --from starts anew; give one of them"
    ),
    (["--json", "--quiet"], "--json prints and --quiet does not; give one of them"),
  ])
  func optionsThatContradictEachOtherAreRefused(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message, command: "train")) { try Train.parse(words) }
  }

  @Test func optionsAreLaidOverTheSettingsOfACheckpoint() throws {
    var stored = Configuration()
    stored.architecture.hidden = 8
    stored.training.epochs = 5
    let command = try #require(try Train.parse(["--hidden", "8", "--epochs", "7", "--seed=1"]))
    let merged = try command.merged(with: stored, reason: "why") { _, _ in true }
    stored.training.epochs = 7
    #expect(merged == stored)
  }

  @Test func ofContradictingOptionsTheLastIsLaidOverACheckpoint() throws {
    let command = try #require(try Train.parse(["--residual", "--no-residual"]))
    let merged = try command.merged(with: Configuration(), reason: "why") { $0 == $1 }
    #expect(merged == Configuration())
  }

  @Test func anOptionThatMayNotChangeIsNamed() throws {
    let command = try #require(try Train.parse(["--epochs", "7", "--hidden", "9"]))
    let error = UsageError(
      "why, and --hidden 9 is not what it was trained with; leave the option out",
      command: "train")
    #expect(throws: error) {
      try command.merged(with: Configuration(), reason: "why") {
        $0.architecture == $1.architecture
      }
    }
  }
}
