/// The header of a `.safetensors` file, in JSON: a table of strings, and each tensor's type, shape and
/// place. Source: <https://huggingface.co/docs/safetensors/index#format>
struct SafeTensorsHeader: Codable {
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

  private struct Name: CodingKey {
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

/// A tensor of a file.
public struct TensorEntry: Sendable {
  public let name: String
  /// As the format calls it: `F32`, `BF16`, …
  public let type: String
  public let shape: [Int]
  /// Bytes, counted from the end of the header.
  let place: Range<Int>

  /// The bytes of one value, of the types whose values are whole bytes.
  static func size(ofType type: String) -> Int? {
    switch type {
    case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0": 1
    case "U16", "I16", "F16", "BF16": 2
    case "U32", "I32", "F32": 4
    case "U64", "I64", "F64", "C64": 8
    default: nil
    }
  }

  /// - Throws: `Flaw` where shape, type and place do not fit each other.
  init(_ name: String, _ entry: SafeTensorsHeader.Entry) throws(Flaw) {
    guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[0] <= entry.offsets[1],
      let count = TensorEntry.count(entry.shape)
    else { throw Flaw("tensor '\(name)' has a wrong shape or place") }
    self.name = name
    type = entry.type
    shape = entry.shape
    place = entry.offsets[0]..<entry.offsets[1]
    // Of a type that is not known only the place is.
    guard let size = TensorEntry.size(ofType: type) else { return }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, bytes == place.count else {
      throw Flaw("tensor '\(name)' has a wrong shape or place")
    }
  }

  /// The product of the dimensions, unless one is negative or it overflows.
  private static func count(_ shape: [Int]) -> Int? {
    shape.reduce(1 as Int?) { product, size in
      guard let product, size >= 0 else { return nil }
      let (result, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? nil : result
    }
  }

  /// A flaw of a header.
  struct Flaw: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// The tensors of a header in the order of their places, which must follow each other without
  /// overlap or gap.
  static func ordered(_ header: SafeTensorsHeader) throws(Flaw) -> [TensorEntry] {
    var entries: [TensorEntry] = []
    for (name, entry) in header.tensors.sorted(by: { $0.key < $1.key }) {
      entries.append(try TensorEntry(name, entry))
    }
    entries.sort {
      ($0.place.lowerBound, $0.place.upperBound, $0.name)
        < ($1.place.lowerBound, $1.place.upperBound, $1.name)
    }
    var end = 0
    for entry in entries {
      guard entry.place.lowerBound == end else {
        let flaw = entry.place.lowerBound < end ? "overlaps the one before it" : "follows a gap"
        throw Flaw("tensor '\(entry.name)' \(flaw)")
      }
      end = entry.place.upperBound
    }
    return entries
  }
}
