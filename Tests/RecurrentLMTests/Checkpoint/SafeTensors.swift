import Foundation
import Testing

@testable import RecurrentLM

/// A `.safetensors` file in memory, to be looked at or changed.
struct SafeTensors: Equatable {
  enum Values: Equatable {
    case floats([Float])
    case integers([Int32])
  }

  struct Tensor: Equatable {
    var shape: [Int]
    var values: Values

    init(shape: [Int], _ floats: [Float]) {
      self.shape = shape
      values = .floats(floats)
    }

    init(shape: [Int], values: Values) {
      self.shape = shape
      self.values = values
    }

    var floats: [Float]? { if case .floats(let floats) = values { floats } else { nil } }
    var integers: [Int32]? {
      if case .integers(let integers) = values { integers } else { nil }
    }
  }

  var tensors: [String: Tensor] = [:]
  /// Without the checksum, which is made anew when the file is written.
  var metadata: [String: String] = [:]

  init() {}

  init(contentsOf path: String) throws {
    let reader = try SafeTensorsReader(path)
    metadata = reader.metadata
    metadata[SafeTensorsWriter.checksumKey] = nil
    var tensors: [String: Tensor] = [:]
    try reader.read { entry, values in
      let count = entry.shape.reduce(1, *)
      guard entry.type == "I32" || TensorValues.readsFloats(ofType: entry.type) else {
        throw OtherType(type: entry.type)
      }
      tensors[entry.name] = Tensor(
        shape: entry.shape,
        values: entry.type == "I32"
          ? .integers(try values.withBytes(4 * count) { Array($0.bindMemory(to: Int32.self)) })
          : .floats(try values.withFloats(count) { Array($0) }))
    }
    self.tensors = tensors
  }

  func write(to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try SafeTensorsWriter.write(
      metadata: metadata,
      tensors: tensors.map { name, tensor in
        TensorSource(name: name, shape: tensor.shape) { body in
          try #require(tensor.floats).withUnsafeBufferPointer(body)
        }
      }, to: descriptor)
  }

  func encoded() throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try write(to: folder.file("encoded"))
    return try Array(Data(contentsOf: URL(fileURLWithPath: folder.file("encoded"))))
  }
}

/// A tensor of a type that this cannot hold.
private struct OtherType: Error {
  let type: String
}

extension Trainer {
  /// Writes a checkpoint of the training where it stands.
  func writeCheckpoint(to path: String) throws {
    var configuration = Configuration()
    configuration.architecture = model.architecture
    configuration.training = options
    let output = try OutputFile(path, keepsPresent: false, isOurs: { _ in true })
    _ = try Checkpoint.write(
      self, configuration: configuration, vocabulary: vocabulary, corpus: ["text"], to: output)
  }

  private var vocabulary: Vocabulary {
    get throws {
      try Vocabulary(
        tokens: (0..<model.vocabularySize).map { String(UnicodeScalar(UInt8(97 + $0))) })
    }
  }

  func checkpointFile() throws -> SafeTensors {
    let folder = try TemporaryFolder()
    try writeCheckpoint(to: folder.file("model"))
    return try SafeTensors(contentsOf: folder.file("model"))
  }

  func encodedCheckpoint() throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try writeCheckpoint(to: folder.file("model"))
    return try Array(Data(contentsOf: URL(fileURLWithPath: folder.file("model"))))
  }
}
