#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a `.safetensors` file is no checkpoint of charnn, or not a sound one.
public enum CheckpointError: Error, Equatable {
  /// Its metadata do not say that charnn wrote it.
  case notCharnn(path: String)
  case unknownVersion(path: String, version: String)
  /// A part of the metadata that is missing or cannot be understood.
  case invalidMetadata(path: String, key: String)
  case missingTensor(path: String, name: String)
  case wrongShape(path: String, name: String, found: [Int], needed: [Int])
  /// A tensor has a value that is no finite number.
  case notFinite(path: String, name: String)
  /// The file has weights, but not what training needs to go on.
  case noTrainingState(path: String)
}

/// A model with all that belongs to it: vocabulary, configuration, history, and the state in which
/// its training was left.
public struct Checkpoint {
  public var configuration: Configuration
  public var vocabulary: Vocabulary
  public var model: LanguageModel
  /// What the training text was called on the command line.
  public var corpus: [String]
  /// nil in a file that has only weights, and where it was not asked for.
  public var training: TrainingSnapshot?
  /// Of all epochs trained.
  public let history: [EpochRecord]

  static let format = "charnn"
  static let version = "1"

  public init(
    configuration: Configuration, vocabulary: Vocabulary, model: LanguageModel, corpus: [String],
    training: TrainingSnapshot?
  ) {
    self.configuration = configuration
    self.vocabulary = vocabulary
    self.model = model
    self.corpus = corpus
    self.training = training
    history = training?.progress.history ?? []
  }

  // MARK: Reading

  /// - Parameter withTraining: whether to read the training state too, two thirds of a file.
  /// - Throws: `SafeTensorsError`, `CheckpointError`, `InsufficientMemory`.
  public init(contentsOf path: String, withTraining: Bool = true) throws {
    let file = try SafeTensors(contentsOf: path) { name in
      withTraining || !name.hasPrefix(Checkpoint.trainingPrefix)
    }
    let metadata = MetadataReader(path: path, metadata: file.metadata)
    try metadata.checkFormat()
    configuration = try metadata.value(.configuration)
    corpus = try metadata.value(.corpus)
    guard configuration.invalidOption == nil,
      let vocabulary = try? Vocabulary(tokens: metadata.value(.vocabulary)), vocabulary.count > 0
    else {
      throw CheckpointError.invalidMetadata(
        path: path,
        key: (configuration.invalidOption == nil ? MetadataKey.vocabulary : .configuration)
          .rawValue)
    }
    self.vocabulary = vocabulary
    // The shapes are compared before memory is taken for what the metadata claim.
    let layout = ParameterLayout(configuration.architecture, vocabularySize: vocabulary.count)
    let tensors = TensorReader(path: path, tensors: file.tensors)
    let values = try layout.parameters.map { try tensors.finiteFloats($0.name, shape: $0.shape) }
    model = try LanguageModel(configuration.architecture, vocabularySize: vocabulary.count)
    for (parameter, floats) in zip(layout.parameters, values) {
      model.store(floats, in: parameter)
    }
    guard metadata.has(.training) else {
      history = []
      return
    }
    let progress: TrainingProgress = try metadata.value(.training)
    history = progress.history
    if withTraining {
      training = try Checkpoint.snapshot(
        progress, metadata, tensors, layout, configuration.training)
    }
  }

  private static let trainingPrefix = "training."

  private static func snapshot(
    _ progress: TrainingProgress, _ metadata: MetadataReader, _ tensors: TensorReader,
    _ layout: ParameterLayout, _ options: TrainingOptions
  ) throws -> TrainingSnapshot {
    let moments = try momentNames(of: options.optimizer).map { moment in
      try layout.parameters.map {
        try tensors.finiteFloats(momentName(moment, $0), shape: $0.shape)
      }
    }
    var state: [[Float]] = []
    while tensors.tensors[stateName(state.count)] != nil {
      state.append(
        try tensors.finiteFloats(
          stateName(state.count), shape: [options.batch, layout.hidden]))
    }
    return TrainingSnapshot(
      progress: progress, moments: moments, state: state, text: try metadata.value(.text),
      options: options)
  }

  private static func momentNames(of optimizer: OptimizerKind) -> [String] {
    switch optimizer {
    case .sgd: []
    case .adam: ["mean", "square"]
    }
  }

  private static func momentName(_ moment: String, _ parameter: Parameter) -> String {
    "\(trainingPrefix)\(moment).\(parameter.name)"
  }

  private static func stateName(_ index: Int) -> String { "\(trainingPrefix)state.\(index)" }

  // MARK: Writing

  /// The file that holds this checkpoint.
  public func encoded() throws -> SafeTensors {
    var file = SafeTensors()
    let parameters = model.layout.parameters
    for parameter in parameters {
      file.tensors[parameter.name] = .init(shape: parameter.shape, model.values(of: parameter))
    }
    file.metadata["format"] = Checkpoint.format
    file.metadata["version"] = Checkpoint.version
    try file.set(.vocabulary, vocabulary.tokens)
    try file.set(.configuration, configuration)
    try file.set(.corpus, corpus)
    guard let training else { return file }
    try file.set(.training, training.progress)
    try file.set(.text, training.text)
    let names = Checkpoint.momentNames(of: configuration.training.optimizer)
    for (name, moment) in zip(names, training.moments) {
      for (parameter, values) in zip(parameters, moment) {
        file.tensors[Checkpoint.momentName(name, parameter)] = .init(shape: parameter.shape, values)
      }
    }
    let hidden = configuration.architecture.hidden
    for (index, values) in training.state.enumerated() {
      file.tensors[Checkpoint.stateName(index)] = .init(
        shape: [values.count / hidden, hidden], values)
    }
    return file
  }

  /// Writes the checkpoint as a whole or not at all.
  ///
  /// - Throws: `SafeTensorsError.unwritable`.
  public func write(to path: String) throws {
    try encoded().write(to: path)
  }
}

/// What the metadata of a checkpoint hold, each as JSON.
private enum MetadataKey: String {
  /// The tokens in the order of their numbers.
  case vocabulary
  case configuration
  case corpus
  /// `TrainingProgress`: position, random states, history.
  case training
  /// `TextFingerprint` of the training text.
  case text
}

extension SafeTensors {
  fileprivate mutating func set(_ key: MetadataKey, _ value: some Encodable) throws {
    metadata[key.rawValue] = String(decoding: try JSONEncoder.stable.encode(value), as: UTF8.self)
  }
}

private struct MetadataReader {
  let path: String
  let metadata: [String: String]

  func checkFormat() throws(CheckpointError) {
    guard metadata["format"] == Checkpoint.format else { throw .notCharnn(path: path) }
    let version = metadata["version"] ?? "none"
    guard version == Checkpoint.version else { throw .unknownVersion(path: path, version: version) }
  }

  func has(_ key: MetadataKey) -> Bool { metadata[key.rawValue] != nil }

  func value<Value: Decodable>(_ key: MetadataKey) throws(CheckpointError) -> Value {
    guard let text = metadata[key.rawValue], let value = Value(json: Array(text.utf8)) else {
      throw .invalidMetadata(path: path, key: key.rawValue)
    }
    return value
  }
}

private struct TensorReader {
  let path: String
  let tensors: [String: SafeTensors.Tensor]

  func finiteFloats(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    guard let tensor = tensors[name], let floats = tensor.floats else {
      throw .missingTensor(path: path, name: name)
    }
    guard tensor.shape == shape else {
      throw .wrongShape(path: path, name: name, found: tensor.shape, needed: shape)
    }
    guard floats.allSatisfy({ $0.isFinite }) else { throw .notFinite(path: path, name: name) }
    return floats
  }
}
