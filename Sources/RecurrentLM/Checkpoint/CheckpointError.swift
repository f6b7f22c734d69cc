/// Why a `.safetensors` file is no checkpoint of charnn, or not a sound one.
public enum CheckpointError: Error, Equatable {
  /// Its metadata do not say that charnn wrote it.
  case notCharnn(path: String)
  case unknownVersion(path: String, version: String)
  /// A part of the metadata that is missing or cannot be understood.
  case invalidMetadata(path: String, key: String)
  case missingTensor(path: String, name: String)
  case wrongType(path: String, name: String, type: String)
  case wrongShape(path: String, name: String, found: [Int], needed: [Int])
  /// A tensor has a value that is no finite number.
  case notFinite(path: String, name: String)
  /// The file has weights, but not what training needs to go on.
  case noTrainingState(path: String)
}
