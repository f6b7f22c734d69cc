/// A file with a model and all that belongs to it: vocabulary, configuration, history, and the state of
/// its training.
public final class Checkpoint {
  public let configuration: Configuration
  /// Of the products of the model that is read; that of its training unless set.
  public var precision: Precision
  public let vocabulary: Vocabulary
  /// The training text as named on the command line.
  public let corpus: [String]
  /// The position of training; nil in a file that has only weights.
  let progress: TrainingProgress?
  private let text: TextFingerprint?
  private let heldOut: TextFingerprint?
  private let layout: ParameterLayout
  private let file: SafeTensorsReader

  /// Reads all but the values of the tensors, and checks that those needed are there with the right
  /// shapes.
  ///
  /// - Throws: `SafeTensorsError`, `CheckpointError`.
  public init(contentsOf path: String) throws {
    file = try SafeTensorsReader(path)
    let metadata = CheckpointMetadata(path: path, values: file.metadata)
    try metadata.checkFormat(hasChecksum: file.hasChecksum)
    configuration = try metadata.value(.configuration)
    precision = configuration.training.precision
    guard configuration.invalidOption == nil else { throw metadata.invalid(.configuration) }
    corpus = try metadata.value(.corpus)
    guard let vocabulary = try? Vocabulary(tokens: metadata.value(.vocabulary)),
      (0..<vocabulary.count).contains(where: vocabulary.isCharacter)
    else { throw metadata.invalid(.vocabulary) }
    self.vocabulary = vocabulary
    layout = ParameterLayout(configuration.architecture, vocabularySize: vocabulary.count)
    if metadata.has(.training) {
      progress = try metadata.value(.training) as TrainingProgress
      text = try metadata.value(.text) as TextFingerprint
      heldOut = metadata.has(.heldOut) ? try metadata.value(.heldOut) as TextFingerprint : nil
    } else {
      (progress, text, heldOut) = (nil, nil, nil)
    }
    try checkTensors()
  }

  public var path: String { file.path }

  /// Of all epochs trained.
  public var history: [EpochRecord] { progress?.history ?? [] }

  /// The best of all validations; nil where there was none.
  public var bestValidation: ValidationRecord? { progress?.bestValidation }

  /// Whether the model is an older one than the last, with which training goes on.
  private var keepsOlderModel: Bool {
    progress?.keepsOlderModel(configuration.training.keep) ?? false
  }

  private func checkTensors() throws(CheckpointError) {
    let found = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
    func check(_ name: String, shape: [Int]) throws(CheckpointError) {
      guard let tensor = found[name] else { throw .missingTensor(path: path, name: name) }
      guard TensorValues.readsFloats(ofType: tensor.type) else {
        throw .wrongType(path: path, name: name, type: tensor.type)
      }
      guard tensor.shape == shape else {
        throw .wrongShape(path: path, name: name, found: tensor.shape, needed: shape)
      }
    }
    for parameter in layout.parameters { try check(parameter.name, shape: parameter.shape) }
    guard progress != nil else { return }
    if keepsOlderModel {
      for parameter in layout.parameters {
        try check(CheckpointTensor.last(parameter), shape: parameter.shape)
      }
    }
    for moment in Optimizer.momentNames(of: configuration.training.optimizer) {
      for parameter in layout.parameters {
        try check(CheckpointTensor.moment(moment, parameter), shape: parameter.shape)
      }
    }
    for index in 0..<stateCount {
      try check(
        CheckpointTensor.state(index), shape: [configuration.training.batch, layout.hidden])
    }
  }

  /// Tensors of hidden state.
  private var stateCount: Int {
    let names = Set(file.tensors.map(\.name))
    var count = 0
    while names.contains(CheckpointTensor.state(count)) { count += 1 }
    return count
  }

  // MARK: Tensors

  /// Reads the model.
  ///
  /// - Throws: `SafeTensorsError`, also where anything in the file has changed since it was written;
  ///   `CheckpointError`, `InsufficientMemory`.
  public func model() throws -> LanguageModel {
    let model = try LanguageModel(configuration.architecture, vocabularySize: vocabulary.count)
    model.precision = precision
    model.pairOrder = configuration.training.effectivePairOrder
    try read(into: destinations(in: model.parameters))
    return model
  }

  /// Restores a trainer: its parameters, moments, state and position.
  ///
  /// - Throws: as `model`; `SnapshotMismatch` if the trainer differs from the one that was saved.
  public func restore(_ trainer: Trainer) throws {
    guard let progress, let text else { throw CheckpointError.noTrainingState(path: path) }
    var destinations = try parameterDestinations(of: trainer)
    let names = Optimizer.momentNames(of: configuration.training.optimizer)
    for (name, moment) in zip(names, trainer.moments) {
      for parameter in layout.parameters {
        destinations[CheckpointTensor.moment(name, parameter)] = destination(parameter, in: moment)
      }
    }
    let size = configuration.training.batch * layout.hidden
    let state = StateTensors(count: stateCount)
    for index in 0..<state.values.count {
      destinations[CheckpointTensor.state(index)] = { values, check in
        state.values[index] = try values.withFloats(size) {
          try check($0)
          return Array($0)
        }
      }
    }
    try read(into: destinations)
    try trainer.restore(
      TrainingSnapshot(
        progress: progress, state: state.values, text: text, heldOut: heldOut,
        options: configuration.training))
  }

  private typealias Check = (UnsafeBufferPointer<Float>) throws -> Void
  /// Takes the values of a tensor; each piece is to be checked first.
  private typealias Destination = (TensorValues, Check) throws -> Void

  private func destinations(
    in buffer: FloatBuffer, named name: (Parameter) -> String = \.name
  ) -> [String: Destination] {
    let destinations = layout.parameters.map { (name($0), destination($0, in: buffer)) }
    return Dictionary(uniqueKeysWithValues: destinations)
  }

  private func parameterDestinations(
    of trainer: Trainer
  ) throws(SnapshotMismatch) -> [String: Destination] {
    guard keepsOlderModel else { return destinations(in: trainer.model.parameters) }
    guard let best = trainer.bestParameters else { throw .heldOut }
    return destinations(in: best).merging(
      destinations(in: trainer.model.parameters, named: CheckpointTensor.last)
    ) { first, _ in first }
  }

  private func destination(_ parameter: Parameter, in buffer: FloatBuffer) -> Destination {
    { values, check in
      try parameter.forEachPiece(in: buffer) { piece in
        try values.withFloats(piece.count) { floats in
          try check(floats)
          if let base = floats.baseAddress { piece.copy(from: base) }
        }
      }
    }
  }

  private func read(into destinations: [String: Destination]) throws {
    try file.read { tensor, values in
      guard let take = destinations[tensor.name] else { return }
      try take(values) { piece in
        guard piece.areFinite else {
          throw CheckpointError.notFinite(path: self.path, name: tensor.name)
        }
      }
    }
  }
}

/// Hidden states while a file is read.
private final class StateTensors {
  var values: [[Float]]
  init(count: Int) { values = [[Float]](repeating: [], count: count) }
}

/// The names of tensors that only training needs.
enum CheckpointTensor {
  static func moment(_ moment: String, _ parameter: Parameter) -> String {
    "training.\(moment).\(parameter.name)"
  }

  /// A parameter as training goes on with it, where the model that is kept is an older one.
  static func last(_ parameter: Parameter) -> String { "training.last.\(parameter.name)" }

  static func state(_ index: Int) -> String { "training.state.\(index)" }
}
