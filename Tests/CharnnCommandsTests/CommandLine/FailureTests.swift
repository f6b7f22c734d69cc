import Testing

@testable import CharnnCommands
@testable import RecurrentLM

@Suite struct FailureTests {
  @Test(
    arguments: [
      // The command line.
      (
        UsageError("unknown option --x", command: "train"),
        "unknown option --x\nSee 'charnn train --help'.", .usage
      ),
      (UsageError("unknown command x"), "unknown command x\nSee 'charnn --help'.", .usage),
      (Failure("a folder", .cannotCreate), "a folder", .cannotCreate),
      (
        OutputError(reason: "No space left on device"),
        "cannot write the output: No space left on device", .inputOutput
      ),
      // Texts.
      (CorpusError.missing(path: "a.txt"), "a.txt: no such file or folder", .missingInput),
      (
        CorpusError.unreadable(path: "a.txt", reason: "Permission denied"),
        "a.txt: cannot be read: Permission denied", .missingInput
      ),
      (CorpusError.noTexts(folder: "a"), "a: the folder has no *.txt file", .missingInput),
      (
        CorpusError.onlyEmptyTexts(folder: "a"), "a: all *.txt files of the folder are empty",
        .badData
      ),
      (CorpusError.empty(source: "standard input"), "standard input: the text is empty", .badData),
      (
        CorpusError.invalidUTF8(source: "a.txt", offset: 17),
        "a.txt: not UTF-8 at byte offset 17; convert it, for example with iconv", .badData
      ),
      (
        TextTooShort(characters: 5, batch: 32, steps: 35),
        "the text has 5 characters, but --batch 32 and --steps 35 need at least 32 x 35 + 1 = "
          + "1121; give a longer text or smaller numbers", .badData
      ),
      (
        VocabularyError.unknown(["ü"]),
        "the model does not know 'ü' (U+00FC); leave such characters out", .badData
      ),
      (
        VocabularyError.unknown(["\n", "\\", "\u{1b}", "漢", "😀"]),
        "the model does not know '\\n' (U+000A), '\\\\' (U+005C), '\\u{1b}' (U+001B), '漢' "
          + "(U+6F22), '😀' (U+1F600); leave such characters out", .badData
      ),
      (VocabularyError.invalidToken("ab"), "'ab' is no character", .badData),
      // Checkpoints.
      (
        SafeTensorsError.missing(path: "m"), "m: no such checkpoint; 'charnn train' makes one",
        .missingInput
      ),
      (
        SafeTensorsError.unreadable(path: "m", reason: "Is a directory"),
        "m: cannot be read: Is a directory", .missingInput
      ),
      (
        SafeTensorsError.damaged(path: "m"),
        "m: the checkpoint is damaged: it has changed since it was written (its checksum differs)",
        .badData
      ),
      (
        OutputFileError("m", "Read-only file system", .impossible),
        "m: cannot be written: Read-only file system", .cannotCreate
      ),
      (
        OutputFileError("m", "Input/output error", .inputOutput),
        "m: cannot be written: Input/output error", .inputOutput
      ),
      (
        SafeTensorsError.truncated(path: "m", needed: 100, found: 60),
        "m: the file is truncated: its header announces 100 bytes, there are 60", .badData
      ),
      (
        SafeTensorsError.malformed(path: "m", reason: "it has no header"),
        "m: not a checkpoint (.safetensors): it has no header", .badData
      ),
      (
        CheckpointError.notCharnn(path: "m"),
        "m: a .safetensors file, but not one that charnn wrote (no format in its metadata)",
        .badData
      ),
      (
        CheckpointError.unknownVersion(path: "m", version: "9"),
        "m: a checkpoint of version 9, which this charnn does not know", .badData
      ),
      (
        CheckpointError.invalidMetadata(path: "m", key: "vocabulary"),
        "m: the checkpoint is damaged: 'vocabulary' in its metadata is missing or wrong", .badData
      ),
      (
        CheckpointError.missingTensor(path: "m", name: "linear.bias"),
        "m: the checkpoint is damaged: it has no tensor 'linear.bias'", .badData
      ),
      (
        CheckpointError.wrongShape(path: "m", name: "linear.bias", found: [3], needed: [4, 2]),
        "m: tensor 'linear.bias' has the shape [3], but its configuration asks for [4, 2]", .badData
      ),
      (
        CheckpointError.notFinite(path: "m", name: "linear.bias"),
        "m: the checkpoint is damaged: tensor 'linear.bias' has values that are no numbers",
        .badData
      ),
      (
        CheckpointError.noTrainingState(path: "m"),
        "m: the checkpoint has weights but no training state, so --resume cannot go on from it; "
          + "use --from", .badData
      ),
      // Training.
      (
        InsufficientMemory(
          needed: [.parameters: 2_340_000_000, .activations: 10_000_000_000, .text: 1_000_001],
          available: 8_000_000_000),
        "this would take 12.3 GB of memory (parameters 2.3 GB, activations 10.0 GB, text 2 MB), and "
          + "charnn may use 8.0 GB; lower --batch, --steps, --streams, --beam, --length, "
          + "--hidden",
        .badData
      ),
      (
        InsufficientMemory(needed: [.parameters: 1_000_000], available: 5),
        "this would take 1 MB of memory (parameters 1 MB), and charnn may use 1 MB; lower "
          + "--hidden, --layers", .badData
      ),
      (
        TrainingDiverged(epoch: 3, learningRate: 0.5),
        "training diverged in epoch 3: the loss is far above that of a guess, or no finite number "
          + "any more; try a lower --lr than 0.5, or a --clip. What was saved before is kept",
        .badData
      ),
      (
        AdaptationDiverged(rate: 0.5),
        "the model diverged as it learned the text: its loss is no finite number any more; try a lower "
          + "--adapt than 0.5", .badData
      ),
      // Whatever else.
      (Surprise.strange, "internal error: strange", .internalError),
    ] as [(any Error, String, ExitCode)])
  func anErrorSaysWhatIsWrongAndHasItsCode(
    _ error: any Error, _ message: String, _ code: ExitCode
  ) {
    #expect(Failure(error) == Failure(message, code))
  }

  @Test(arguments: [
    (8, "'H' (U+0048); leave"), (9, "'H' (U+0048) and 1 more character; leave"),
    (12, "'H' (U+0048) and 4 more characters; leave"),
  ])
  func manyUnknownCharactersAreCounted(_ count: Int, _ expected: String) {
    let characters = "ABCDEFGHIJKL".unicodeScalars.prefix(count)
    #expect(Failure(VocabularyError.unknown(Array(characters))).message.contains(expected))
  }

  @Test(arguments: [
    ("train", "lower --batch, --steps, --hidden", "leave such characters out"),
    ("predict", "lower --beam, --length", "or skip them with --unknown skip"),
    ("eval", "lower --streams", "or skip them with --unknown skip"),
    ("inspect", "use a smaller model", "or skip them with --unknown skip"),
  ])
  func adviceNamesOptionsThatTheCommandHas(
    _ name: String, _ memory: String, _ characters: String
  ) throws {
    let command = try #require(commandDescriptions.first { $0.name == name })
    let tooMuch = InsufficientMemory(needed: [.activations: 10], available: 5)
    #expect(Failure(tooMuch, of: command).message.hasSuffix("; \(memory)"))
    #expect(Failure(VocabularyError.unknown(["x"]), of: command).message.hasSuffix(characters))
  }
}

private enum Surprise: Error {
  case strange
}
