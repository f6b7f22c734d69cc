/// A tensor that is written piece by piece.
struct TensorSource {
  let name: String
  let shape: [Int]
  /// Hands out the values, row-major.
  let forEachPiece: ((UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
}

/// Writes `.safetensors` files. Equal contents give equal bytes: names are sorted.
enum SafeTensorsWriter {
  static let checksumKey = "checksum"
  static let checksumDigits = 16

  /// Where the digits of the checksum stand in a file's beginning, as this writer writes it: the first
  /// member of the metadata whose name begins so. Within other strings quotation marks are escaped.
  static func checksumPlace(in header: [UInt8]) -> Range<Int>? {
    let member = Array("\"\(checksumKey)\":\"".utf8)
    guard let start = header.firstRange(of: member)?.upperBound,
      start + checksumDigits <= header.count
    else { return nil }
    return start..<start + checksumDigits
  }

  /// - Throws: `POSIXError`, or what a tensor throws.
  static func write(
    metadata: [String: String], tensors: [TensorSource], to descriptor: Int32
  ) throws {
    let tensors = tensors.sorted { $0.name < $1.name }
    var header = SafeTensorsHeader(metadata: metadata)
    header.metadata[checksumKey] = String(repeating: "0", count: checksumDigits)
    var end = 0
    for tensor in tensors {
      let bytes = tensor.shape.reduce(MemoryLayout<Float>.stride, *)
      header.tensors[tensor.name] = .init(
        type: "F32", shape: tensor.shape, offsets: [end, end + bytes])
      end += bytes
    }
    let beginning = try encoded(header)
    let file = HashedFile(descriptor)
    try beginning.withUnsafeBytes { try file.append($0) }
    for tensor in tensors {
      try tensor.forEachPiece { try file.append(UnsafeRawBufferPointer($0)) }
    }
    guard let place = checksumPlace(in: beginning) else { return }
    try file.write(Array(digits(of: file.hash).utf8), at: place.lowerBound)
  }

  /// The length of the header and the header; the data begin at a multiple of eight.
  private static func encoded(_ header: SafeTensorsHeader) throws -> [UInt8] {
    var json = try Array(JSONEncoder.stable.encode(header))
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  /// A checksum as it is written.
  static func digits(of hash: XXHash64) -> String {
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: checksumDigits - digits.count) + digits
  }
}

/// A file being written, and the hash of its bytes.
private final class HashedFile {
  private let descriptor: Int32
  private var count = 0
  private(set) var hash = XXHash64()

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    try writeAll(bytes, to: descriptor, at: count)
    hash.update(bytes)
    count += bytes.count
  }

  func write(_ bytes: [UInt8], at place: Int) throws {
    try bytes.withUnsafeBytes { try writeAll($0, to: descriptor, at: place) }
  }
}
