import Foundation
import Testing

@testable import RecurrentLM

/// A training after an epoch and two minibatches.
private func trainer(
  _ cell: CellVariant = .lstm, _ optimizer: OptimizerKind = .adam, epochs: Int = 1
) throws -> Trainer {
  var options = TrainingOptions.small
  options.optimizer = optimizer
  let trainer = try Trainer(
    cell.architecture(layers: 2, bidirectional: true, embedding: 3), options)
  for _ in 0..<epochs { _ = try trainer.finishEpoch() }
  _ = try trainer.finishEpoch { $0.done < 2 }
  return trainer
}

/// What opening a file throws.
private func error(opening path: String) -> (any Error)? {
  do {
    _ = try Checkpoint(contentsOf: path).model()
    return nil
  } catch {
    return error
  }
}

@Suite struct CheckpointTests {
  @Test(arguments: CellVariant.allCases, OptimizerKind.allCases)
  func everythingComesBack(_ cell: CellVariant, _ optimizer: OptimizerKind) throws {
    let original = try trainer(cell, optimizer)
    let folder = try TemporaryFolder()
    try original.writeCheckpoint(to: folder.file("model"))
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(copy.configuration.architecture == original.model.architecture)
    #expect(copy.configuration.training == original.options)
    #expect(copy.vocabulary.tokens == "abcdefg".map(String.init))
    #expect(copy.corpus == ["text"])
    #expect(copy.progress == original.progress)
    #expect(copy.history == original.progress.history)
    #expect(try copy.model().values == original.model.values)

    let resumed = try trainer(cell, optimizer, epochs: 0)
    try copy.restore(resumed)
    #expect(resumed.snapshot() == original.snapshot())
    #expect(resumed.moments.map(\.values) == original.moments.map(\.values))
    #expect(resumed.moments.count == (optimizer == .sgd ? 0 : 2))
    #expect(resumed.snapshot().state.count == (cell == .lstm ? 8 : 4))
    #expect(try resumed.encodedCheckpoint() == original.encodedCheckpoint())
  }

  @Test func aModelAloneHasNoTrainingAndNoHistory() throws {
    let original = try trainer()
    var file = try original.checkpointFile()
    file.metadata["training"] = nil
    file.tensors = file.tensors.filter { !$0.key.hasPrefix("training.") }
    let folder = try TemporaryFolder()
    try file.write(to: folder.file("model"))
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(copy.history.isEmpty)
    #expect(try copy.model().values == original.model.values)
    #expect(throws: CheckpointError.noTrainingState(path: folder.file("model"))) {
      try copy.restore(original)
    }
  }

  @Test func anyCharacterMayBeInTheVocabulary() throws {
    let tokens = [
      "\u{0}", "\t", "\n", "\r", "\"", "/", "\\", "\u{7F}", "\u{C5}", "\u{212B}", "\u{301}",
      "\u{200D}", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}",
    ]
    let model = try LanguageModel(
      CellVariant.rnn.architecture(), vocabularySize: tokens.count)
    let trainer = try Trainer(
      model, text: randomText(80), options: .small, threads: 1,
      generator: RandomGenerator(seed: 1))
    var configuration = Configuration()
    configuration.architecture = model.architecture
    configuration.training = .small
    let folder = try TemporaryFolder()
    let output = try OutputFile(folder.file("model"), keepsPresent: false, isOurs: { _ in true })
    _ = try Checkpoint.write(
      trainer, configuration: configuration, vocabulary: Vocabulary(tokens: tokens),
      corpus: ["\u{301}/\n"], to: output)
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(copy.vocabulary.tokens.map { Array($0.utf8) } == tokens.map { Array($0.utf8) })
    #expect(copy.corpus == ["\u{301}/\n"])
  }

  @Test func theFileIsNamedAsPyTorchNamesIt() throws {
    let file = try trainer(.gru, .adam).checkpointFile()
    #expect(file.metadata["format"] == "charnn")
    #expect(file.metadata["version"] == "2")
    #expect(file.tensors["rnn.weight_ih_l1_reverse"]?.shape == [15, 10])
    #expect(file.tensors["embedding.weight"]?.shape == [7, 3])
    #expect(file.tensors["linear.weight"]?.shape == [7, 10])
    #expect(file.tensors["training.mean.linear.bias"]?.shape == [7])
    #expect(file.tensors["training.square.linear.bias"]?.shape == [7])
    #expect(file.tensors["training.state.3"]?.shape == [3, 5])
  }

  /// As charnn 0.1 wrote them.
  @Test func aFileOfVersionOneNeedsNoChecksum() throws {
    let original = try trainer()
    let folder = try TemporaryFolder()
    var bytes = try original.encodedCheckpoint()
    let checksum = try #require(SafeTensorsWriter.checksumPlace(in: bytes))
    let member = checksum.lowerBound - #""checksum":""#.utf8.count..<checksum.upperBound + 2
    let spaces = [UInt8](repeating: UInt8(ascii: " "), count: member.count)
    bytes.replaceSubrange(member, with: spaces)
    let version = try #require(bytes.firstRange(of: Array(#""version":"2""#.utf8)))
    bytes[version.upperBound - 2] = UInt8(ascii: "1")
    try folder.write(bytes, to: "model")
    let copy = try Checkpoint(contentsOf: folder.file("model"))
    #expect(try copy.model().values == original.model.values)
  }

  @Test func parametersThatAreNotFiniteAreNotWritten() throws {
    let trainer = try trainer()
    let folder = try TemporaryFolder()
    try trainer.writeCheckpoint(to: folder.file("model"))
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.file("model")))
    for buffer in [trainer.model.parameters] + trainer.moments {
      let place = buffer.base + buffer.count / 2
      let value = place.pointee
      place.pointee = .infinity
      #expect(throws: TrainingDiverged.self) {
        try trainer.writeCheckpoint(to: folder.file("model"))
      }
      place.pointee = value
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("model"))) == before)
    try trainer.writeCheckpoint(to: folder.file("model"))
  }

  /// Of every 17th bit; all of them take a minute.
  @Test func aChangedBitOfACheckpointIsFound() throws {
    let trainer = try Trainer(CellVariant.rnn.architecture(layers: 1, hidden: 1))
    _ = try trainer.finishEpoch { $0.done < 1 }
    let bytes = try trainer.encodedCheckpoint()
    let folder = try TemporaryFolder()
    for bit in stride(from: 0, to: 8 * bytes.count, by: 17) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      try folder.write(changed, to: "model")
      #expect(error(opening: folder.file("model")) != nil, "bit \(bit)")
    }
  }
}

@Suite struct UnsoundCheckpointTests {
  private let sound: SafeTensors

  init() throws { sound = try trainer().checkpointFile() }

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
    try expect({ .unknownVersion(path: $0, version: "3") }) { $0.metadata["version"] = "3" }
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
    "[]", "[\"<unk>\"]", "[\"a\",\"a\"]", "[\"ab\"]", "[\"\"]", "[\"a\",\"<unk>\"]", "{\"a\":0}",
    "[\"a\",1]",
    "[\"\\ud800\"]",
  ])
  func aListThatIsNoVocabularyIsRefused(_ json: String) throws {
    try expect({ .invalidMetadata(path: $0, key: "vocabulary") }) {
      $0.metadata["vocabulary"] = json
    }
  }

  @Test func whatIsMissingOrWrongIsNamedAlikeEveryTime() throws {
    for _ in 0..<10 {
      try expect({ .missingTensor(path: $0, name: "embedding.weight") }) { $0.tensors = [:] }
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
