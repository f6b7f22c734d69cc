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
    #expect(try outcome.objects().map { $0["event"] as? String } == ["begin", "done"])
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

  /// What is chosen for a long text is not its model.
  @Test func startingFromAnotherCheckpointKeepsItsModelOnALongText() throws {
    let folder = try Workspace()
    try folder.write(String(repeating: Tiny.text, count: 40), to: "long.txt")
    let outcome = charnn(
      "train", folder.file("long.txt"), "--from", folder.model, "--out", folder.file("new"),
      "--validation", "0.1", "--epochs", "1", "--sample-every", "0")
    #expect(outcome.code == .done)
    #expect(outcome.output.contains("\nchosen for this text: "))
    let (old, new) = (
      try Checkpoint(contentsOf: folder.model), try Checkpoint(contentsOf: folder.file("new"))
    )
    #expect(new.configuration.architecture == old.configuration.architecture)
    #expect(!new.configuration.architecture.residual)
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

  @Test func whicheverLimitIsGivenToResumeCounts() throws {
    let folder = try Workspace(hasModel: false)
    #expect(folder.train().code == .done)
    func resume(_ words: String...) throws -> TrainingOptions {
      let outcome = charnn(["train", "--resume", "--out", folder.model] + words)
      #expect(outcome.code == .done)
      return try Checkpoint(contentsOf: folder.model).configuration.training
    }
    let minutes = try resume("--max-minutes", "0.007", "--sample-every", "0")
    #expect((minutes.epochLimit, minutes.maxMinutes) == (nil, 0.007))
    let done = try Checkpoint(contentsOf: folder.model).history.count
    #expect(done >= 2)
    let epochs = try resume("--epochs", "\(done + 1)", "--sample-every", "0")
    #expect((epochs.epochLimit, epochs.maxMinutes) == (done + 1, nil))
    #expect(try Checkpoint(contentsOf: folder.model).history.count == done + 1)
  }

  @Test func aHeldOutFileMayMoveButNotChange() throws {
    let folder = try Workspace(hasModel: false)
    let text = "lazy foxes jump"
    try folder.write(text, to: "a.txt")
    try folder.write(text, to: "b.txt")
    try folder.write(text + "y", to: "c.txt")
    #expect(folder.train("--validation", folder.file("a.txt")).code == .done)
    func resume(_ name: String) -> Outcome<ExitCode> {
      charnn(
        "train", "--resume", "--out", folder.model, "--epochs", "3", "--validation",
        folder.file(name))
    }
    let changed = resume("c.txt")
    #expect(changed.code == .badData)
    #expect(
      changed.messages == """
        charnn: \(folder.model): was judged by another held-out text; --resume goes on with the \
        same, which --validation names

        """)
    #expect(resume("b.txt").code == .done)
  }
}
