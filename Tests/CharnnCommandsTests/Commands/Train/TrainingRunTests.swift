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
    #expect(
      events.map { $0["event"] as? String }
        == ["begin", "epoch", "epoch", "sample", "checkpoint", "done"])
    let begin: Set = [
      "event", "corpus", "characters", "held_out_characters", "vocabulary_size", "parameters",
      "kernels", "threads", "resumed", "epochs_done", "configuration",
    ]
    let checkpoint: Set = ["event", "path", "epoch"]
    let epoch: Set = [
      "event", "epoch", "loss", "perplexity", "chars_per_second", "learning_rate",
      "gradient_norm", "seconds",
    ]
    let sample: Set = ["event", "epoch", "prompt", "text"]
    let done: Set = [
      "event", "epochs", "loss", "perplexity", "chars_per_second", "checkpoint", "parameters",
      "kernels",
    ]
    #expect(events.map { Set($0.keys) } == [begin, epoch, epoch, sample, checkpoint, done])
    let end = try #require(events.last)
    #expect(end["parameters"] as? Int == 1468)
    let loss = try #require(end["loss"] as? Double)
    let perplexity = try #require(end["perplexity"] as? Double)
    #expect(abs(perplexity - exp(loss)) < 1e-9)
  }

  // MARK: Held-out text

  @Test func theLossOnHeldOutTextIsReportedAndIsThatOfEval() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--validation", "0.1", "--json", "--dropout", "0.1")
    #expect((outcome.code, outcome.messages) == (.done, ""))
    let events = try outcome.objects()
    let losses = events.compactMap { $0["validation_loss"] as? Double }
    #expect(losses.count == 3)
    let end = try #require(events.last)
    #expect(end["validation_epoch"] as? Double == 2)
    let heldOut = String(Tiny.text.prefix(600).suffix(60))
    let evaluation = try folder.onModel("eval", "--string", heldOut, "--streams", "4", "--json")
      .objects()
    #expect(evaluation.first?["loss"] as? Double == losses.last)
  }

  @Test func theHeldOutTextMayBeAFileOfItsOwn() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write("Quick foxes jump", to: "other.txt")
    let other = folder.file("other.txt")
    let outcome = folder.train("--validation", other)
    #expect((outcome.code, outcome.messages) == (.done, ""))
    let lines = outcome.output.split(separator: "\n")
    // Its capital Q belongs to the vocabulary.
    #expect(
      lines[0].contains(": 600 characters and 16 held out of \(other), 29 in the vocabulary, "))
    #expect(lines[1].contains(#/epoch 1/2: perplexity [\d.]+, held out [\d.]+, /#))
    #expect(lines[3].contains(#/^perplexity [\d.]+, held out [\d.]+, /#))

    try folder.write("a", to: "other.txt")
    let short = folder.train("--validation", other)
    #expect(short.code == .badData)
    #expect(
      short.messages == """
        charnn: the held-out text has 1 character, which leaves nothing to predict; give a longer \
        one with --validation, or 0 for none

        """)
    let written = charnn(
      ["train", folder.text, "--validation", other, "--out", other] + Tiny.options)
    #expect(written.code == .cannotCreate)
  }

  @Test func theBestModelIsKeptAndTheLastGoesOn() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(String(repeating: "zyx wvu tsr ", count: 5), to: "other.txt")
    let words = ["--validation", folder.file("other.txt"), "--lr", "0.2", "--optimizer", "adamw"]
    func train(_ name: String, _ more: String...) -> Outcome<ExitCode> {
      charnn(
        ["train", folder.text, "--out", folder.file(name)] + Tiny.options + words + more)
    }
    let whole = train("whole", "--epochs", "8")
    #expect(whole.code == .done)
    #expect(whole.messages.hasPrefix("note: the held-out perplexity was lowest after epoch "))
    #expect(train("part", "--epochs", "5").code == .done)
    let resumed = charnn(
      "train", "--resume", "--epochs", "8", "--threads", "2", "--out", folder.file("part"))
    #expect(resumed.code == .done)
    #expect(try folder.data("part") == folder.data("whole"))
    let best = try #require(try Checkpoint(contentsOf: folder.file("whole")).bestValidation)
    let evaluation = try charnn(
      "eval", folder.file("other.txt"), "--model", folder.file("whole"), "--streams", "4", "--json"
    ).objects()
    #expect(evaluation.first?["loss"] as? Double == best.loss)

    let impatient = train("impatient", "--epochs", "8", "--patience", "2")
    #expect(impatient.output.contains("epoch \(Int(best.epoch) + 2)/8: "))
    #expect(!impatient.output.contains("epoch \(Int(best.epoch) + 3)/8: "))
  }

  @Test func aTimeLimitEndsTheRunWithACheckpoint() throws {
    let folder = try Workspace(hasModel: false)
    let words = ["--hidden", "8", "--layers", "1", "--batch", "4", "--steps", "10"]
    let outcome = charnn(
      [
        "train", folder.text, "--out", folder.model, "--max-minutes", "0.005", "--sample-every",
        "0",
      ]
        + words)
    #expect((outcome.code, outcome.messages) == (.done, ""))
    // There is no number of epochs to reach.
    #expect(outcome.output.contains("\nepoch 1: perplexity "))
    let checkpoint = try Checkpoint(contentsOf: folder.model)
    #expect(checkpoint.configuration.training.maxMinutes == 0.005)
    let resumed = charnn(
      "train", "--resume", "--out", folder.model, "--max-minutes", "0.006", "--sample-every", "0")
    #expect(resumed.code == .done)
    #expect(try Checkpoint(contentsOf: folder.model).history.count >= checkpoint.history.count)
  }

  @Test func aLimitThatIsOverAtOnceStillWritesACheckpoint() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--max-minutes", "1e-6", "--json")
    #expect(outcome.code == .done)
    let events = try outcome.objects()
    #expect(events.map { $0["event"] as? String } == ["begin", "checkpoint", "done"])
    #expect(events.last?["loss"] as? Double != nil)
    #expect(try Checkpoint(contentsOf: folder.model).history.isEmpty)
  }

  @Test func quietPrintsNoAdvice() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(String(repeating: "zyx wvu tsr ", count: 5), to: "other.txt")
    let outcome = folder.train(
      "--validation", folder.file("other.txt"), "--lr", "0.2", "--epochs", "8", "--quiet")
    #expect((outcome.code, outcome.output, outcome.messages) == (.done, "", ""))
  }

  /// A text long enough for a choice, and settings that make the run short.
  @Test func whatIsNotGivenIsChosenForALongText() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(String(repeating: Tiny.text, count: 40), to: "long.txt")
    let words = [
      "train", folder.file("long.txt"), "--out", folder.model, "--validation", "0.1", "--cell",
      "rnn", "--layers", "1", "--hidden", "2", "--epochs", "1", "--sample-every", "0",
    ]
    let outcome = charnn(words)
    #expect((outcome.code, outcome.messages) == (.done, ""))
    #expect(
      outcome.output.split(separator: "\n")[1]
        == "chosen for this text: RNN 1 x 2, dropout 0, recurrent dropout 0: 23,760 characters are "
        + "read about 1.0 times")
    let training = try Checkpoint(contentsOf: folder.model).configuration.training
    #expect((training.optimizer, training.schedule, training.steps) == (.adamw, .cosine, 64))
    let given = charnn(words + ["--overwrite", "--steps", "20", "--optimizer", "sgd"])
    #expect(given.code == .done)
    let other = try Checkpoint(contentsOf: folder.model).configuration.training
    #expect((other.optimizer, other.effectiveLearningRate, other.steps) == (.sgd, 1, 20))
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
      "text", "--layers 256 --hidden 16384", .badData, "lower --hidden, --layers"
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
    // There is room for the first line.
    #expect(run(words, fullConsole(lines: 1)) == .inputOutput)
    #expect(try Checkpoint(contentsOf: folder.model).history.map(\.epoch) == [1])
  }
}
