#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a file is no `.safetensors` container, or cannot be read or written.
public enum SafeTensorsError: Error, Equatable {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// The file ends before what its header announces.
  case truncated(path: String, needed: Int, found: Int)
  case malformed(path: String, reason: String)
}

/// A `.safetensors` file: named tensors and a table of strings.
///
/// Eight bytes give the length of a JSON header (little-endian), which gives the type, shape and
/// byte range of each tensor; the tensors' bytes follow.
/// Source: <https://huggingface.co/docs/safetensors/index#format>
public struct SafeTensors: Equatable, Sendable {
  /// A tensor of 32-bit floats or integers, row-major.
  public struct Tensor: Equatable, Sendable {
    public enum Values: Equatable, Sendable {
      case floats([Float])
      case integers([Int32])
    }
    public var shape: [Int]
    public var values: Values

    public init(shape: [Int], _ floats: [Float]) {
      precondition(shape.reduce(1, *) == floats.count, "a shape that fits the values")
      self.shape = shape
      values = .floats(floats)
    }

    fileprivate init(shape: [Int], values: Values) {
      self.shape = shape
      self.values = values
    }

    /// The values, where they are floats.
    public var floats: [Float]? { if case .floats(let floats) = values { floats } else { nil } }

    /// The values, where they are integers.
    public var integers: [Int32]? {
      if case .integers(let integers) = values { integers } else { nil }
    }
  }

  public var tensors: [String: Tensor] = [:]
  public var metadata: [String: String] = [:]

  public init() {}

  // MARK: Reading

  /// - Parameter isWanted: picks tensors by name; the others are left out.
  /// - Throws: `SafeTensorsError`.
  public init(
    contentsOf path: String, where isWanted: (String) -> Bool = { _ in true }
  ) throws(SafeTensorsError) {
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    let file: PartlyReadFile
    do { file = try PartlyReadFile(path) } catch {
      throw .unreadable(path: path, reason: reason(of: error))
    }
    let start = try SafeTensors.headerEnd(file)
    let json: [UInt8] = try SafeTensors.values(in: 8..<start, of: file)
    guard let header = Header(json: json) else {
      throw .malformed(path: path, reason: "its header is not the JSON that it should be")
    }
    metadata = header.metadata
    for (name, entry) in header.tensors {
      let place = try SafeTensors.place(of: name, entry, from: start, in: file)
      guard isWanted(name) else { continue }
      let values: Tensor.Values =
        entry.type == "F32"
        ? .floats(try SafeTensors.values(in: place, of: file))
        : .integers(try SafeTensors.values(in: place, of: file))
      tensors[name] = Tensor(shape: entry.shape, values: values)
    }
  }

  /// Every platform of Swift is little-endian, as the format is.
  private static func values<Value: BitwiseCopyable>(
    in range: Range<Int>, of file: PartlyReadFile
  ) throws(SafeTensorsError) -> [Value] {
    let values: [Value]
    do { values = try file.values(in: range) } catch {
      throw .unreadable(path: file.path, reason: reason(of: error))
    }
    let found = range.lowerBound + values.count * MemoryLayout<Value>.stride
    guard found == range.upperBound else {
      throw .truncated(path: file.path, needed: range.upperBound, found: found)
    }
    return values
  }

  private static func headerEnd(_ file: PartlyReadFile) throws(SafeTensorsError) -> Int {
    guard file.count >= 8 else { throw .malformed(path: file.path, reason: "it has no header") }
    let first: [UInt8] = try values(in: 0..<min(9, file.count), of: file)
    let length = first[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Of a file of another kind these bytes are text, and the length absurd.
    guard length <= 100_000_000, first.count > 8, first[8] == UInt8(ascii: "{") else {
      throw .malformed(path: file.path, reason: "it does not begin with a header")
    }
    let end = 8 + Int(length)
    guard end <= file.count else {
      throw .truncated(path: file.path, needed: end, found: file.count)
    }
    return end
  }

  /// Where the bytes of a tensor lie in a file whose data begin at `start`.
  private static func place(
    of name: String, _ entry: Header.Entry, from start: Int, in file: PartlyReadFile
  ) throws(SafeTensorsError) -> Range<Int> {
    guard entry.type == "F32" || entry.type == "I32" else {
      throw .malformed(
        path: file.path, reason: "tensor '\(name)' is of type \(entry.type), not F32")
    }
    guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[0] <= entry.offsets[1],
      let count = elementCount(entry.shape), count <= (entry.offsets[1] - entry.offsets[0]) / 4,
      entry.offsets[1] - entry.offsets[0] == count * 4
    else {
      throw .malformed(path: file.path, reason: "tensor '\(name)' has a wrong shape or place")
    }
    guard entry.offsets[1] <= file.count - start else {
      let (needed, overflow) = start.addingReportingOverflow(entry.offsets[1])
      throw .truncated(path: file.path, needed: overflow ? .max : needed, found: file.count)
    }
    return start + entry.offsets[0]..<start + entry.offsets[1]
  }

  /// The product of the dimensions, unless one is negative or it overflows.
  private static func elementCount(_ shape: [Int]) -> Int? {
    shape.reduce(1 as Int?) { product, size in
      guard let product, size >= 0 else { return nil }
      let (result, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? nil : result
    }
  }

  // MARK: Writing

  /// The file's bytes. Equal contents give equal bytes: names are sorted.
  public func encoded() throws -> [UInt8] {
    let names = tensors.keys.sorted()
    var header = Header(metadata: metadata)
    var data: [UInt8] = []
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let first = data.count
      switch tensor.values {
      case .floats(let floats): data.append(littleEndian: floats.map { $0.bitPattern })
      case .integers(let integers):
        data.append(littleEndian: integers.map { UInt32(bitPattern: $0) })
      }
      let type = tensor.floats == nil ? "I32" : "F32"
      header.tensors[name] = Header.Entry(
        type: type, shape: tensor.shape, offsets: [first, data.count])
    }
    var json = try Array(JSONEncoder.stable.encode(header))
    // The data begin at a multiple of eight.
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) }
    return length + json + data
  }

  /// Writes the file as a whole or not at all: beside its place first, then moved into it.
  ///
  /// - Throws: `SafeTensorsError.unwritable`.
  public func write(to path: String) throws(SafeTensorsError) {
    do {
      try Data(encoded()).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: reason(of: error))
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian words: [UInt32]) {
    words.map { $0.littleEndian }.withUnsafeBytes { append(contentsOf: $0) }
  }
}

/// The JSON header.
private struct Header: Codable {
  struct Entry: Codable {
    var type: String
    var shape: [Int]
    /// First and end byte, counted from the end of the header.
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  struct Name: CodingKey {
    static let metadata = Name("__metadata__")
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var tensors: [String: Entry] = [:]
  var metadata: [String: String]

  init(metadata: [String: String]) { self.metadata = metadata }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
    for key in container.allKeys where key.stringValue != Name.metadata.stringValue {
      tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    try container.encode(metadata, forKey: .metadata)
    for (name, entry) in tensors { try container.encode(entry, forKey: Name(name)) }
  }
}
