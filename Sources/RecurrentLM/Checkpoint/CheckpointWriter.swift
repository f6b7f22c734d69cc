extension Checkpoint {
  /// Whether a file is one of charnn's, sound or not.
  public static func isOne(at path: String) -> Bool {
    (try? SafeTensorsReader.metadata(ofFile: path))?["format"] == CheckpointMetadata.format
  }

  /// Writes a checkpoint of a training as it stands, with its model.
  ///
  /// The file is written piece by piece, which takes next to no memory.
  ///
  /// - Returns: see `OutputFile.replace`.
  /// - Throws: `TrainingDiverged` where there is a value that is no finite number; `OutputFileError`.
  ///   The file is then as it was.
  public static func write(
    _ trainer: Trainer, configuration: Configuration, vocabulary: Vocabulary, corpus: [String],
    to output: OutputFile
  ) throws -> String? {
    guard trainer.isFinite else { throw trainer.diverged }
    return try output.replace { descriptor in
      try write(
        trainer, configuration: configuration, vocabulary: vocabulary, corpus: corpus,
        to: descriptor)
    }
  }

  /// - Parameter descriptor: of an empty file.
  static func write(
    _ trainer: Trainer, configuration: Configuration, vocabulary: Vocabulary, corpus: [String],
    to descriptor: Int32
  ) throws {
    let snapshot = trainer.snapshot()
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try JSONEncoder.stable.encode(value), as: UTF8.self)
    }
    var values: [CheckpointKey: String] = [
      .vocabulary: try json(vocabulary.tokens),
      .configuration: try json(configuration),
      .corpus: try json(corpus),
      .training: try json(snapshot.progress),
      .text: try json(snapshot.text),
    ]
    if let heldOut = snapshot.heldOut { values[.heldOut] = try json(heldOut) }
    var metadata = Dictionary(uniqueKeysWithValues: values.map { ($0.rawValue, $1) })
    metadata["format"] = CheckpointMetadata.format
    metadata["version"] = CheckpointMetadata.version
    try SafeTensorsWriter.write(
      metadata: metadata,
      tensors: parameterSources(trainer) + stateSources(snapshot, trainer.model.layout.hidden),
      to: descriptor)
  }

  /// The parameters of the model that is kept; where that is an older one, the last ones too; and their
  /// moments.
  private static func parameterSources(_ trainer: Trainer) -> [TensorSource] {
    let last = trainer.model.parameters
    let older =
      trainer.progress.keepsOlderModel(trainer.options.keep) ? trainer.bestParameters : nil
    return trainer.model.layout.parameters.flatMap { parameter in
      [TensorSource(parameter, named: parameter.name, in: older ?? last)]
        + [older].compactMap(\.self).map { _ in
          TensorSource(parameter, named: CheckpointTensor.last(parameter), in: last)
        }
        + zip(Optimizer.momentNames(of: trainer.options.optimizer), trainer.moments).map {
          name, moment in
          TensorSource(parameter, named: CheckpointTensor.moment(name, parameter), in: moment)
        }
    }
  }

  private static func stateSources(_ snapshot: TrainingSnapshot, _ hidden: Int) -> [TensorSource] {
    snapshot.state.enumerated().map { index, values in
      TensorSource(name: CheckpointTensor.state(index), shape: [values.count / hidden, hidden]) {
        body in try values.withUnsafeBufferPointer(body)
      }
    }
  }
}

extension TensorSource {
  /// A parameter, or what lies in its place in another buffer.
  fileprivate init(_ parameter: Parameter, named name: String, in buffer: FloatBuffer) {
    self.init(name: name, shape: parameter.shape) { body in
      var values: [Float] = []
      try parameter.forEachPiece(in: buffer) { piece in
        if values.count < piece.count { values = [Float](repeating: 0, count: piece.count) }
        try values.withUnsafeMutableBufferPointer { values in
          guard let base = values.baseAddress else { return }
          piece.copy(to: base)
          try body(UnsafeBufferPointer(rebasing: values[..<piece.count]))
        }
      }
    }
  }
}
