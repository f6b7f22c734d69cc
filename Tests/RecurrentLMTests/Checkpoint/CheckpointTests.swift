import Foundation
import Testing

@testable import RecurrentLM

/// Where training stands after an epoch and two minibatches.
private func checkpoint(
  _ cell: CellVariant = .lstm, _ optimizer: OptimizerKind = .adam, epochs: Int = 1
) throws -> Checkpoint {
  var options = TrainingOptions.small
  options.optimizer = optimizer
  let trainer = try Trainer(
    cell.architecture(layers: 2, bidirectional: true, embedding: 3), options)
  for _ in 0..<epochs { _ = try trainer.finishEpoch() }
  _ = try trainer.finishEpoch { $0.done < 2 }
  return try trainer.checkpoint()
}

/// What opening a file throws.
private func error(opening path: String) -> (any Error)? {
  do {
    _ = try Checkpoint(contentsOf: path)
    return nil
  } catch {
    return error
  }
}

@Suite struct CheckpointTests {
  @Test(arguments: CellVariant.allCases, OptimizerKind.allCases)
  func everythingComesBack(_ cell: CellVariant, _ optimizer: OptimizerKind) throws {
    let original = try checkpoint(cell, optimizer)
    let folder = try TemporaryFolder()
    try original.write(to: folder.file("model"))
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(copy.configuration == original.configuration)
    #expect(copy.vocabulary.tokens == original.vocabulary.tokens)
    #expect(copy.model.values == original.model.values)
    #expect(copy.corpus == original.corpus)
    #expect(copy.training == original.training)
    #expect(copy.history.count == 1)
    #expect(copy.history[0].loss == original.history[0].loss)
    #expect(copy.training?.moments.count == (optimizer == .adam ? 2 : 0))
    #expect(copy.training?.state.count == (cell == .lstm ? 8 : 4))
    #expect(try copy.encoded().encoded() == original.encoded().encoded())
  }

  @Test func aModelAloneHasNoTrainingAndNoHistory() throws {
    var original = try checkpoint()
    original.training = nil
    let folder = try TemporaryFolder()
    try original.write(to: folder.file("model"))
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(copy.training == nil)
    #expect(copy.history.isEmpty)
    #expect(copy.model.values == original.model.values)
  }

  @Test func anyCharacterMayBeInTheVocabulary() throws {
    let tokens = [
      "\u{0}", "\t", "\n", "\r", "\"", "/", "\\", "\u{7F}", "\u{C5}", "\u{212B}", "\u{301}",
      "\u{200D}", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}",
    ]
    let original = Checkpoint(
      configuration: Configuration(), vocabulary: try Vocabulary(tokens: tokens),
      model: try LanguageModel(
        CellVariant.rnn.architecture(), vocabularySize: tokens.count), corpus: ["\u{301}/\n"],
      training: nil)
    var file = try original.encoded()
    var configuration = Configuration()
    configuration.architecture = original.model.architecture
    file.metadata["configuration"] = String(
      decoding: try JSONEncoder.stable.encode(configuration), as: UTF8.self)
    let folder = try TemporaryFolder()
    try file.write(to: folder.file("model"))
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(copy.vocabulary.tokens.map { Array($0.utf8) } == tokens.map { Array($0.utf8) })
    #expect(copy.corpus == original.corpus)
  }

  @Test func theFileIsNamedAsPyTorchNamesIt() throws {
    let file = try checkpoint(.gru, .adam).encoded()
    #expect(file.metadata["format"] == "charnn")
    #expect(file.metadata["version"] == "1")
    #expect(file.tensors["rnn.weight_ih_l1_reverse"]?.shape == [15, 10])
    #expect(file.tensors["embedding.weight"]?.shape == [7, 3])
    #expect(file.tensors["linear.weight"]?.shape == [7, 10])
    #expect(file.tensors["training.mean.linear.bias"]?.shape == [7])
    #expect(file.tensors["training.square.linear.bias"]?.shape == [7])
    #expect(file.tensors["training.state.3"]?.shape == [3, 5])
  }

  @Test func aFileThatCannotBeWrittenSaysSo() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("missing/model")
    let checkpoint = try checkpoint()
    #expect(throws: SafeTensorsError.self) { try checkpoint.write(to: path) }
  }

}

@Suite struct UnsoundCheckpointTests {
  private let sound: SafeTensors

  init() throws { sound = try checkpoint().encoded() }

  /// Opens the sound file after a change.
  private func expect(
    _ expected: (String) -> CheckpointError, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout SafeTensors) throws -> Void
  ) throws {
    var file = sound
    try change(&file)
    let folder = try TemporaryFolder()
    try file.write(to: folder.file("model"))
    let found = error(opening: folder.file("model")) as? CheckpointError
    #expect(found == expected(folder.file("model")), sourceLocation: sourceLocation)
  }

  @Test func aFileOfAnotherFormatOrVersionIsRefused() throws {
    try expect({ .notCharnn(path: $0) }) { $0.metadata["format"] = nil }
    try expect({ .notCharnn(path: $0) }) { $0.metadata["format"] = "pt" }
    try expect({ .unknownVersion(path: $0, version: "2") }) { $0.metadata["version"] = "2" }
    try expect({ .unknownVersion(path: $0, version: "none") }) { $0.metadata["version"] = nil }
  }

  @Test func whatIsNoSafeTensorsFileIsRefusedAsSuch() throws {
    let folder = try TemporaryFolder()
    try folder.write("a text", to: "model")
    let paths = [folder.file("model"), folder.file("missing"), folder.path]
    #expect(paths.allSatisfy { error(opening: $0) is SafeTensorsError })
  }

  @Test(arguments: ["embedding.weight", "rnn.bias_hh_l1_reverse", "linear.bias"])
  func parametersMustBeThereInTheirShapesAndFinite(_ name: String) throws {
    let shape = try #require(sound.tensors[name]?.shape)
    try expect({ .missingTensor(path: $0, name: name) }) { $0.tensors[name] = nil }
    try expect({
      .wrongShape(path: $0, name: name, found: [1] + shape, needed: shape)
    }) { $0.tensors[name]?.shape = [1] + shape }
    for value in [Float.nan, .infinity, -.infinity] {
      try expect({ .notFinite(path: $0, name: name) }) {
        var floats = try #require($0.tensors[name]?.floats)
        floats[floats.count - 1] = value
        $0.tensors[name] = .init(shape: shape, floats)
      }
    }
  }

  @Test(arguments: ["training.mean.linear.bias", "training.square.rnn.weight_hh_l0"])
  func momentsMustBeThereInTheirShapes(_ name: String) throws {
    let shape = try #require(sound.tensors[name]?.shape)
    try expect({ .missingTensor(path: $0, name: name) }) { $0.tensors[name] = nil }
    try expect({
      .wrongShape(path: $0, name: name, found: [1] + shape, needed: shape)
    }) { $0.tensors[name]?.shape = [1] + shape }
  }

  @Test(arguments: ["configuration", "vocabulary", "corpus", "training", "text"])
  func metadataThatAreNotTheJSONNeededAreRefused(_ key: String) throws {
    for json in ["", "{", "null", "[1]", "{}", "\"x\"", "12", "{\"\\q\":1}"] {
      try expect({ .invalidMetadata(path: $0, key: key) }) { $0.metadata[key] = json }
    }
    guard key != "training" else { return }  // Without it, it is a model alone.
    try expect({ .invalidMetadata(path: $0, key: key) }) { $0.metadata[key] = nil }
  }

  @Test(arguments: [
    "[]", "[\"a\",\"a\"]", "[\"ab\"]", "[\"\"]", "[\"a\",\"<unk>\"]", "{\"a\":0}", "[\"a\",1]",
    "[\"\\ud800\"]",
  ])
  func aListThatIsNoVocabularyIsRefused(_ json: String) throws {
    try expect({ .invalidMetadata(path: $0, key: "vocabulary") }) {
      $0.metadata["vocabulary"] = json
    }
  }

  @Test func aVocabularyOfAnotherSizeDoesNotFitTheTensors() throws {
    try expect({
      .wrongShape(path: $0, name: "embedding.weight", found: [7, 3], needed: [2, 3])
    }) { $0.metadata["vocabulary"] = "[\"a\",\"b\"]" }
  }

  /// Sizes are refused before memory is taken for them.
  @Test(arguments: [
    ("\"hidden\":5", "\"hidden\":0"), ("\"hidden\":5", "\"hidden\":-5"),
    ("\"hidden\":5", "\"hidden\":1000000000000"), ("\"hidden\":5", "\"hidden\":1e99"),
    ("\"hidden\":5", "\"hidden\":2.5"), ("\"hidden\":5", "\"hidden\":16385"),
    ("\"hidden\":5", "\"hidden\":9223372036854775807"), ("\"hidden\":5", "\"hidden\":null"),
    ("\"hidden\":5,", ""), ("\"layers\":2", "\"layers\":0"), ("\"layers\":2", "\"layers\":257"),
    ("\"embedding\":3", "\"embedding\":-1"), ("\"embedding\":3", "\"embedding\":16385"),
    ("\"batch\":3", "\"batch\":0"), ("\"steps\":4", "\"steps\":1000000000000"),
    ("\"cell\":\"lstm\"", "\"cell\":\"transformer\""), ("\"cell\":\"lstm\"", "\"cell\":3"),
    ("\"hidden\":5", "\"hidden\":5,\"max-chars\":-1"),
    ("\"optimizer\":\"adam\"", "\"optimizer\":\"\""), ("\"text\":\"raw\"", "\"text\":\"RAW\""),
  ])
  func configurationsThatCannotBeAreRefused(_ found: String, _ replacement: String) throws {
    try expect({ .invalidMetadata(path: $0, key: "configuration") }) {
      let json = try #require($0.metadata["configuration"])
      #expect(json.contains(found))
      $0.metadata["configuration"] = json.replacingOccurrences(of: found, with: replacement)
    }
  }

  @Test func theLargestSizesThatMayBeAreComparedWithTheTensorsFirst() throws {
    try expect({
      .wrongShape(path: $0, name: "embedding.weight", found: [7, 3], needed: [7, 16_384])
    }) {
      let json = try #require($0.metadata["configuration"])
      $0.metadata["configuration"] =
        json
        .replacingOccurrences(of: "\"hidden\":5", with: "\"hidden\":16384")
        .replacingOccurrences(of: "\"layers\":2", with: "\"layers\":256")
        .replacingOccurrences(of: "\"embedding\":3", with: "\"embedding\":16384")
    }
  }

  @Test(arguments: [
    "{\"minibatch\":0}", "[]",
    """
    {"epochStart":[0,0,0,0],"generator":[1,2,3,4],"history":[],"lossTotal":0,"minibatch":0,\
    "normTotal":0,"updates":0}
    """,
  ])
  func progressThatCannotBeIsRefused(_ json: String) throws {
    try expect({ .invalidMetadata(path: $0, key: "training") }) {
      $0.metadata["training"] = json
    }
  }

  @Test func damagedFilesNeverCrash() throws {
    let bytes = try sound.encoded()
    let end = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    let folder = try TemporaryFolder()
    var generator = RandomGenerator(seed: 1)
    var refused = 0
    for _ in 0..<150 {
      var damaged = bytes
      // In the header, where most damage is possible.
      let place = Int.random(in: 8..<end, using: &generator)
      damaged[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
      try folder.write(damaged, to: "model")
      if error(opening: folder.file("model")) != nil { refused += 1 }
    }
    #expect(refused > 50)
  }
}
