import RecurrentLM

/// An error as the user sees it: a message and an exit code. Every error of the library becomes one
/// here.
struct Failure: Error, Equatable {
  let message: String
  let code: ExitCode

  init(_ message: String, _ code: ExitCode) {
    self.message = message
    self.code = code
  }

  /// - Parameter command: the one that failed, whose options advice may name; nil: none.
  init(_ error: any Error, of command: CommandDescription? = nil) {
    self =
      switch error {
      case let failure as Failure: failure
      case let error as UsageError: Failure(error)
      case let error as CorpusError: Failure(error)
      case let error as TextTooShort: Failure(error)
      case let error as HeldOutTextTooShort:
        Failure(
          "the held-out text has \(counted(error.characters, "character")), which leaves nothing to "
            + "predict; give a longer one with --validation, or 0 for none", .badData)
      case let error as VocabularyError: Failure(error, of: command)
      case let error as SafeTensorsError: Failure(error)
      case let error as CheckpointError: Failure(error)
      case let error as InsufficientMemory: Failure(error, of: command)
      case let error as OutputFileError: Failure(error)
      case let error as TrainingDiverged: Failure(error)
      case let error as AdaptationDiverged: Failure(error)
      case let error as OutputError:
        Failure("cannot write the output: \(error.reason)", .inputOutput)
      default: Failure("internal error: \(error)", .internalError)
      }
  }

  private init(_ error: UsageError) {
    let help = error.command.map { "charnn \($0) --help" } ?? "charnn --help"
    self.init("\(error.message)\nSee '\(help)'.", .usage)
  }

  private init(_ error: CorpusError) {
    self =
      switch error {
      case .missing(let path): Failure("\(path): no such file or folder", .missingInput)
      case .unreadable(let path, let reason):
        Failure("\(path): cannot be read: \(reason)", .missingInput)
      case .noTexts(let folder): Failure("\(folder): the folder has no *.txt file", .missingInput)
      case .onlyEmptyTexts(let folder):
        Failure("\(folder): all *.txt files of the folder are empty", .badData)
      case .empty(let source): Failure("\(source): the text is empty", .badData)
      case .invalidUTF8(let source, let offset):
        Failure(
          "\(source): not UTF-8 at byte offset \(offset); convert it, for example with iconv",
          .badData)
      }
  }

  private init(_ error: TextTooShort) {
    self.init(
      "the text has \(error.characters) characters, but --batch \(error.batch) and "
        + "--steps \(error.steps) need at least \(error.batch) x \(error.steps) + 1 = "
        + "\(error.needed); give a longer text or smaller numbers", .badData)
  }

  private init(_ error: VocabularyError, of command: CommandDescription?) {
    let skipping =
      command?.has("unknown") ?? false ? ", or skip them with --unknown skip" : ""
    self =
      switch error {
      case .unknown(let characters):
        Failure(
          "the model does not know \(listed(characters)); leave such characters out\(skipping)",
          .badData)
      case .invalidToken(let token): Failure("'\(token)' is no character", .badData)
      }
  }

  private init(_ error: SafeTensorsError) {
    self =
      switch error {
      case .missing(let path):
        Failure("\(path): no such checkpoint; 'charnn train' makes one", .missingInput)
      case .unreadable(let path, let reason):
        Failure("\(path): cannot be read: \(reason)", .missingInput)
      case .truncated(let path, let needed, let found):
        Failure(
          "\(path): the file is truncated: its header announces \(needed) bytes, there are "
            + "\(found)", .badData)
      case .malformed(let path, let reason):
        Failure("\(path): not a checkpoint (.safetensors): \(reason)", .badData)
      case .damaged(let path):
        Failure(
          "\(path): the checkpoint is damaged: it has changed since it was written (its checksum "
            + "differs)", .badData)
      }
  }

  private init(_ error: OutputFileError) {
    self.init(
      "\(error.path): cannot be written: \(error.reason)",
      error.kind == .inputOutput ? .inputOutput : .cannotCreate)
  }

  private init(_ error: CheckpointError) {
    let message: String =
      switch error {
      case .notCharnn(let path):
        "\(path): a .safetensors file, but not one that charnn wrote (no format in its metadata)"
      case .unknownVersion(let path, let version):
        "\(path): a checkpoint of version \(version), which this charnn does not know"
      case .invalidMetadata(let path, let key):
        "\(path): the checkpoint is damaged: '\(key)' in its metadata is missing or wrong"
      case .missingTensor(let path, let name):
        "\(path): the checkpoint is damaged: it has no tensor '\(name)'"
      case .wrongType(let path, let name, let type):
        "\(path): tensor '\(name)' is of type \(type); charnn reads F32, F16 and BF16"
      case .wrongShape(let path, let name, let found, let needed):
        "\(path): tensor '\(name)' has the shape \(found), but its configuration asks for \(needed)"
      case .notFinite(let path, let name):
        "\(path): the checkpoint is damaged: tensor '\(name)' has values that are no numbers"
      case .noTrainingState(let path):
        "\(path): the checkpoint has weights but no training state, so --resume cannot go on from "
          + "it; use --from"
      }
    self.init(message, .badData)
  }

  private init(_ error: InsufficientMemory, of command: CommandDescription?) {
    func gigabytes(_ bytes: Int) -> String {
      bytes < 1_000_000_000
        ? "\(grouped((bytes + 999_999) / 1_000_000)) MB"
        : "\(fixed(Double(bytes) / 1e9, decimals: 1)) GB"
    }
    let parts = MemoryUse.allCases.compactMap { use in
      error.needed[use].map { "\(use.rawValue) \(gigabytes($0))" }
    }
    let largest = error.needed.max { $0.value < $1.value }?.key ?? .parameters
    let lower: [String] =
      switch largest {
      case .parameters: ["hidden", "layers"]
      case .activations: ["batch", "steps", "streams", "beam", "length", "hidden"]
      case .text: ["max-chars"]
      case .header: []
      }
    let options = lower.filter { command?.has($0) ?? true }.map { "--\($0)" }
    let remedy: String =
      switch largest {
      case .header: "the file must be damaged, or of another kind"
      case .text: "give less text" + (options.isEmpty ? "" : ", or use \(options[0])")
      case .parameters, .activations:
        options.isEmpty
          ? "use a smaller model" : "lower \(options.joined(separator: ", "))"
      }
    self.init(
      "this would take \(gigabytes(error.total)) of memory "
        + "(\(parts.joined(separator: ", "))), and charnn may use \(gigabytes(error.available)); "
        + remedy, .badData)
  }

  private init(_ error: AdaptationDiverged) {
    self.init(
      "the model diverged as it learned the text: its loss is no finite number any more; try a lower "
        + "--adapt than \(shortest(error.rate))", .badData)
  }

  private init(_ error: TrainingDiverged) {
    self.init(
      "training diverged in epoch \(error.epoch): the loss is far above that of a guess, or no finite "
        + "number any more; try a lower --lr than \(shortest(error.learningRate)), or a --clip. What "
        + "was saved before is kept", .badData)
  }
}
