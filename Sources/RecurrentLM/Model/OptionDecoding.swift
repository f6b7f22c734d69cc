extension KeyedDecodingContainer {
  /// Sets a value to what stands under a key, which must be there.
  func decode<Value: Decodable>(into value: inout Value, forKey key: Key) throws {
    value = try decode(Value.self, forKey: key)
  }

  /// Sets a value to what stands under a key; where nothing does, it keeps its default. For options that
  /// came after the first checkpoints: what these do not say is what the default was then.
  func decodeIfPresent<Value: Decodable>(into value: inout Value, forKey key: Key) throws {
    if let decoded = try decodeIfPresent(Value.self, forKey: key) { value = decoded }
  }
}
