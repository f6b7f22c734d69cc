import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct TrainingRunTests {
  @Test func trainingReportsEachEpochAndWritesACheckpoint() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train()
    #expect(outcome.code == .done)
    #expect(outcome.messages.isEmpty)
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == 4)
    #expect(
      lines[0] == """
        LSTM, 1 layer of 8 on \(folder.text): 600 characters, 28 in the vocabulary, \
        1,468 parameters; \(InstructionSet.current.name) kernels, 1 thread
        """)
    #expect(lines[1].hasPrefix("epoch 1/2: perplexity "))
    #expect(lines[2].hasPrefix("epoch 2/2: perplexity "))
    #expect(lines[3].hasSuffix(" characters per second; checkpoint \(folder.model)"))
    #expect(try Checkpoint(contentsOf: folder.model).history.map(\.epoch) == [1, 2])
  }

  @Test func asJSONTheEventsHaveTheKeysOfTheContract() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--json", "--sample-every", "2")
    #expect(outcome.messages.isEmpty)
    let events = try outcome.objects()
    #expect(events.map { $0["event"] as? String } == ["epoch", "epoch", "sample", "done"])
    let epoch: Set = [
      "event", "epoch", "loss", "perplexity", "chars_per_second", "learning_rate",
      "gradient_norm", "seconds",
    ]
    let sample: Set = ["event", "epoch", "prompt", "text"]
    let done: Set = [
      "event", "epochs", "loss", "perplexity", "chars_per_second", "checkpoint", "parameters",
      "kernels",
    ]
    #expect(events.map { Set($0.keys) } == [epoch, epoch, sample, done])
    let end = try #require(events.last)
    #expect(end["parameters"] as? Int == 1468)
    let loss = try #require(end["loss"] as? Double)
    let perplexity = try #require(end["perplexity"] as? Double)
    #expect(abs(perplexity - exp(loss)) < 1e-9)
  }

  @Test func samplesContinueEachPromptByFiftyCharacters() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train(
      "--json", "--sample-every", "1", "--prompt", "fox", "--prompt", "the dog")
    let samples = try outcome.objects().filter { $0["event"] as? String == "sample" }
    #expect(samples.map { $0["epoch"] as? Int } == [1, 1, 2, 2])
    #expect(samples.map { $0["prompt"] as? String } == ["fox", "the dog", "fox", "the dog"])
    for sample in samples {
      let prompt = try #require(sample["prompt"] as? String)
      let text = try #require(sample["text"] as? String)
      #expect(text.hasPrefix(prompt))
      #expect(text.unicodeScalars.count == prompt.unicodeScalars.count + 50)
    }
  }

  @Test func aSampleByDefaultContinuesTheStartOfTheText() throws {
    let folder = try Workspace(hasModel: false)
    let events = try folder.train("--json", "--sample-every", "2").objects()
    let sample = try #require(events.first { $0["event"] as? String == "sample" })
    #expect(sample["prompt"] as? String == "the quick brown ")
  }

  @Test func samplesDoNotDisturbTraining() throws {
    let one = try Workspace(hasModel: false)
    let other = try Workspace(hasModel: false)
    _ = one.train("--sample-every", "0")
    _ = other.train("--sample-every", "1", "--prompt", "fox")
    let losses = try [one.model, other.model].map {
      try Checkpoint(contentsOf: $0).history.map(\.loss)
    }
    #expect(losses[0].count == 2)
    #expect(losses[0] == losses[1])
  }

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

  @Test func aBidirectionalModelComesWithAWarning() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--bidirectional")
    #expect(outcome.code == .done)
    #expect(outcome.messages.hasPrefix("warning: a bidirectional model sees the character"))
    #expect(outcome.output.hasPrefix("LSTM, 1 layer of 8, bidirectional on "))
  }

  @Test func aClozeReportsAPseudoPerplexityAndFillsGaps() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--objective", "cloze", "--sample-every", "2")
    #expect((outcome.code, outcome.messages) == (.done, ""))
    let lines = outcome.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("LSTM, 1 layer of 8, cloze on "))
    #expect(lines[1].hasPrefix("epoch 1/2: pseudo-perplexity "))
    #expect(lines.last?.hasPrefix("pseudo-perplexity ") == true)

    let prompts = ["--sample-every", "1", "--prompt", "qu_ck", "--prompt", "f_x"]
    let words = ["train", folder.text, "--out", folder.model, "--json", "--objective", "cloze"]
    let samples = try charnn(words + Tiny.options + prompts).objects()
      .filter { $0["event"] as? String == "sample" }
    #expect(samples.map { $0["prompt"] as? String } == ["qu_ck", "f_x", "qu_ck", "f_x"])
    for sample in samples {
      let text = try #require(sample["text"] as? String)
      #expect(text.wholeMatch(of: /(qu[a-z \n]ck|f[a-z \n]x)/) != nil)
    }
    let start = try folder.train("--objective", "cloze", "--json", "--sample-every", "2").objects()
      .first { $0["event"] as? String == "sample" }
    #expect(start?["prompt"] as? String == "the qu__k brow__fox ju__s over__he laz__")
  }

  /// DIR stands for the folder.
  @Test(arguments: [
    ("text", "--resume --hidden 9", ExitCode.usage, "--hidden 9 is not what it was trained with"),
    ("text", "--resume --seed 2", .usage, "--seed 2 is not what it was trained with"),
    (
      "text", "--from DIR/model.safetensors --cell gru", .usage,
      "--cell gru is not what it was trained with"
    ),
    ("other", "--resume", .badData, "was trained on another text than DIR/other.txt"),
    ("strange", "--resume", .badData, "the model does not know 'é' (U+00E9)"),
    ("strange", "--from DIR/model.safetensors", .badData, "does not know 'é' (U+00E9)"),
    ("text", "--prompt Fox", .badData, "the model does not know 'F' (U+0046)"),
    ("text", "--steps 200", .badData, "the text has 600 characters, but --batch 4 and --steps 200"),
    ("none", "", .missingInput, "DIR/none.txt: no such file or folder"),
    ("text", "--from DIR/none", .missingInput, "DIR/none: no such checkpoint"),
    ("text", "--out DIR/none/m", .cannotCreate, "the folder DIR/none does not exist"),
    ("text", "--out DIR", .cannotCreate, "DIR: cannot be written: it is a folder"),
    ("text", "--out DIR/", .cannotCreate, "DIR/: cannot be written: it is a folder"),
    (
      "text", "--out DIR/text.txt/m", .cannotCreate,
      "DIR/text.txt/m: cannot be written: Not a directory"
    ),
    ("text", "--optimizer sgd --lr 1e38 --clip 0", .badData, "training diverged in epoch 1"),
    (
      "text", "--layers 256 --hidden 16384", .badData, "choose a smaller --hidden or fewer --layers"
    ),
  ])
  func whatCannotBeTrainedIsSaidAndChangesNothing(
    _ text: String, _ words: String, _ code: ExitCode, _ message: String
  ) throws {
    let folder = try Workspace()
    try folder.write(String(Tiny.text.reversed()), to: "other.txt")
    try folder.write("é" + Tiny.text, to: "strange.txt")
    let path = folder.path
    func named(_ text: String) -> String { text.replacing("DIR", with: path) }
    let outcome = charnn(
      ["train", folder.file("\(text).txt"), "--out", folder.model] + Tiny.options
        + named(words).split(separator: " ").map(String.init))
    #expect(outcome.code == code)
    #expect(outcome.messages.hasPrefix("charnn: "))
    #expect(outcome.messages.contains(named(message)), "\(outcome.messages)")
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
  }

  // MARK: The checkpoint

  @Test func anEarlierCheckpointIsKeptWithANote() throws {
    let folder = try Workspace()
    let kept = folder.file("model.safetensors.~1~")
    let outcome = folder.train("--quiet", "--seed", "7", "--save-every", "1")
    #expect(outcome.messages == "note: the checkpoint that stood there is now \(kept)\n")
    #expect(try folder.data("model.safetensors.~1~") == Tiny.checkpoint)
    #expect(try folder.data("model.safetensors") != Tiny.checkpoint)
    #expect(folder.names == ["model.safetensors", "model.safetensors.~1~", "text.txt"])
  }

  @Test(arguments: [["--overwrite"], ["--resume", "--epochs", "3"]])
  func nothingIsKeptWhereThatIsAskedFor(_ words: [String]) throws {
    let folder = try Workspace()
    let outcome = charnn(
      ["train", folder.text, "--out", folder.model, "--quiet"] + Tiny.options + words)
    #expect(outcome.code == .done)
    #expect(outcome.messages.isEmpty)
    #expect(try folder.data("model.safetensors") != Tiny.checkpoint)
    #expect(folder.names == ["model.safetensors", "text.txt"])
  }

  @Test func aRunWithoutAnUpdateWritesNothing() throws {
    let folder = try Workspace()
    #expect(folder.train("--resume").code == .done)
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
    #expect(folder.names == ["model.safetensors", "text.txt"])
  }

  @Test func theTextsOfTheRunAndOtherFilesAreNotReplaced() throws {
    let folder = try Workspace()
    try folder.write(Tiny.text, to: "other.txt")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: "text.txt")
    for name in ["text.txt", "link", "other.txt"] {
      let outcome = charnn(["train", folder.text, "--out", folder.file(name)] + Tiny.options)
      #expect(outcome.code == .cannotCreate)
      #expect(outcome.messages.hasPrefix("charnn: \(folder.file(name)): cannot be written: it "))
      #expect(try folder.data(name) == Data(Tiny.text.utf8))
    }
    // An empty file may be the output, but not if it is one of the texts.
    try folder.write("", to: "empty.txt")
    let outcome = charnn(
      ["train", folder.text, folder.file("empty.txt"), "--out", folder.file("empty.txt")]
        + Tiny.options)
    #expect(outcome.code == .cannotCreate)
    #expect(outcome.messages.contains("it is a text that this run reads"))
  }

  @Test func aSecondRunOnOneCheckpointIsRefused() throws {
    let folder = try Workspace()
    let first = try OutputFile(folder.model, keepsPresent: true, isOurs: { _ in true })
    let outcome = withExtendedLifetime(first) { folder.train() }
    #expect(outcome.code == .cannotCreate)
    #expect(outcome.messages.contains("another training (process \(getpid())) writes there"))
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
  }

  @Test func aDivergedTrainingLeavesWhatWasThere() throws {
    let folder = try Workspace()
    for words in [["--optimizer", "sgd", "--lr", "1e6", "--clip", "0"], ["--lr", "1e38"]] {
      let outcome = charnn(
        ["train", folder.text, "--out", folder.model, "--overwrite", "--save-every", "1"]
          + Tiny.options + words + ["--epochs", "9"])
      #expect(outcome.code == .badData)
      #expect(outcome.messages.hasPrefix("charnn: training diverged in epoch "))
      let loss = try Checkpoint(contentsOf: folder.model).history.map(\.loss).max() ?? .infinity
      #expect(loss < 40)
    }
  }

  @Test func moreThreadsThanCanRunAreCutWithANote() throws {
    let folder = try Workspace()
    let outcome = folder.train("--overwrite", "--threads", "1024")
    #expect(outcome.code == .done)
    #expect(outcome.messages.hasPrefix("note: --threads 1024 is more than the "))
  }

  @Test func aCheckpointIsWrittenWhenTheOutputGoesAway() throws {
    let folder = try Workspace(hasModel: false)
    let words = ["train", folder.text, "--out", folder.model, "--json"] + Tiny.options
    #expect(run(words, fullConsole()) == .inputOutput)
    #expect(try Checkpoint(contentsOf: folder.model).history.map(\.epoch) == [1])
  }
}
