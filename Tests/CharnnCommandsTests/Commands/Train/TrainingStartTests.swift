import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct TrainingStartTests {
  @Test func resumingGoesOnToTheEpochsAskedFor() throws {
    let folder = try Workspace()
    let outcome = charnn(
      "train", folder.text, "--out", folder.model, "--resume", "--epochs", "3", "--threads", "1")
    #expect(outcome.code == .done)
    #expect(outcome.output.contains("\nepoch 3/3: "))
    #expect(!outcome.output.contains("epoch 2/"))
    #expect(try Checkpoint(contentsOf: folder.model).history.map(\.epoch) == [1, 2, 3])
  }

  @Test func aRunThatIsDoneResumesToNothing() throws {
    let folder = try Workspace()
    let outcome = folder.train("--resume", "--json")
    #expect(outcome.code == .done)
    #expect(try outcome.objects().map { $0["event"] as? String } == ["done"])
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
  }

  @Test func startingFromAnotherCheckpointTakesItsModelAndVocabulary() throws {
    let folder = try Workspace()
    try folder.write(String(repeating: "lazy fox ", count: 10), to: "new.txt")
    let outcome = charnn(
      "train", folder.file("new.txt"), "--from", folder.model, "--out", folder.file("new"),
      "--batch", "2", "--steps", "5", "--epochs", "1", "--threads", "1")
    #expect(outcome.code == .done)
    #expect(outcome.output.hasPrefix("LSTM, 1 layer of 8 on "))
    let (old, new) = (
      try Checkpoint(contentsOf: folder.model), try Checkpoint(contentsOf: folder.file("new"))
    )
    #expect(new.vocabulary == old.vocabulary)
    #expect(new.history.map(\.epoch) == [1])
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
  }

  @Test func charactersThatAnotherCheckpointLacksAreAdded() throws {
    let folder = try Workspace()
    try folder.write(String(repeating: "le vélo où ça, the fox ", count: 5), to: "new.txt")
    func train(_ out: String) -> Outcome<ExitCode> {
      charnn(
        "train", folder.file("new.txt"), "--from", folder.model, "--out", folder.file(out),
        "--batch", "2", "--steps", "5", "--epochs", "1", "--threads", "1")
    }
    let outcome = train("new")
    #expect(outcome.code == .done)
    #expect(
      outcome.messages == """
        note: 4 characters that \(folder.model) lacks are added: ',' (U+002C), 'ç' (U+00E7), \
        'é' (U+00E9), 'ù' (U+00F9)

        """)
    let old = try Checkpoint(contentsOf: folder.model).vocabulary
    let new = try Checkpoint(contentsOf: folder.file("new")).vocabulary
    #expect(new.tokens == old.tokens + [",", "ç", "é", "ù"])
    #expect(charnn("predict", "--model", folder.file("new"), "vélo").code == .done)
    _ = train("again")
    #expect(try folder.data("again") == folder.data("new"))
  }
}
