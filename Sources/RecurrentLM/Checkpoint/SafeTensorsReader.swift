/// A `.safetensors` file that is read from its first to its last byte, piece by piece.
///
/// Eight bytes give the length of a JSON header (little-endian); the tensors' bytes follow. The entry
/// `checksum` of its metadata, if there is one, is XXH64 of the whole file, its own sixteen digits
/// taken as zeros.
public final class SafeTensorsReader {
  public let metadata: [String: String]
  /// In the order in which they lie in the file.
  public let tensors: [TensorEntry]
  private let file: PartlyReadFile
  private let dataStart: Int
  private let checksum: Checksum?

  /// More than a vocabulary of all Unicode characters needs.
  static let longestHeader = 1 << 25
  /// The memory for reading a header, as a multiple of its length: measured 12 for tensors without values,
  /// 26 for dimensions of one digit.
  static let headerExpansion = 30

  /// - Throws: `SafeTensorsError` where the file is none, or not whole; `InsufficientMemory`.
  public init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw SafeTensorsError.missing(path: path)
    }
    do { file = try PartlyReadFile(path) } catch {
      throw SafeTensorsError.unreadable(path: path, reason: reason(of: error))
    }
    let (bytes, header) = try SafeTensorsReader.header(of: file)
    dataStart = bytes.count
    metadata = header.metadata
    do throws(TensorEntry.Flaw) { tensors = try TensorEntry.ordered(header) } catch {
      throw SafeTensorsError.malformed(path: path, reason: error.reason)
    }
    let (end, overflow) = dataStart.addingReportingOverflow(tensors.last?.place.upperBound ?? 0)
    guard !overflow, end <= file.count else {
      throw SafeTensorsError.truncated(path: path, needed: overflow ? .max : end, found: file.count)
    }
    guard end == file.count else {
      throw SafeTensorsError.malformed(path: path, reason: "it goes on after its last tensor")
    }
    do throws(TensorEntry.Flaw) { checksum = try Checksum(header.metadata, header: bytes) } catch {
      throw SafeTensorsError.malformed(path: path, reason: error.reason)
    }
  }

  /// The metadata of a file, whatever else may be wrong with it.
  ///
  /// - Throws: `SafeTensorsError`, `POSIXError`.
  static func metadata(ofFile path: String) throws -> [String: String] {
    try header(of: PartlyReadFile(path)).header.metadata
  }

  public var path: String { file.path }

  /// Whether the file has a checksum, so that any change of it is found.
  public var hasChecksum: Bool { checksum != nil }

  /// Hands out all tensors in the order in which they lie in the file. What was handed out is sound
  /// only if this does not throw in the end.
  ///
  /// - Throws: `SafeTensorsError`, or what `body` throws.
  public func read(_ body: (TensorEntry, TensorValues) throws -> Void) throws {
    let values = TensorValues(file, hash: checksum?.ofHeader)
    for entry in tensors {
      let place = dataStart + entry.place.lowerBound..<dataStart + entry.place.upperBound
      values.begin(place, type: entry.type)
      try body(entry, values)
      try values.finish()
    }
    if let checksum, values.hash.map(SafeTensorsWriter.digits(of:)) != checksum.digits {
      throw SafeTensorsError.damaged(path: path)
    }
  }

  /// The header, and all bytes up to its end.
  private static func header(
    of file: PartlyReadFile
  ) throws -> (bytes: [UInt8], header: SafeTensorsHeader) {
    let end = try headerEnd(file)
    try InsufficientMemory.check([.header: headerExpansion * end])
    let bytes = try bytes(in: 0..<end, of: file)
    guard let header = SafeTensorsHeader(json: Array(bytes[8...])) else {
      throw SafeTensorsError.malformed(
        path: file.path, reason: "its header is not the JSON that it should be")
    }
    return (bytes, header)
  }

  private static func bytes(
    in range: Range<Int>, of file: PartlyReadFile
  ) throws(SafeTensorsError) -> [UInt8] {
    var found = 0
    do {
      let bytes = try [UInt8](unsafeUninitializedCapacity: range.count) { memory, count in
        count = try file.read(range, into: UnsafeMutableRawBufferPointer(memory))
        found = count
      }
      if bytes.count == range.count { return bytes }
    } catch {
      throw .unreadable(path: file.path, reason: reason(of: error))
    }
    throw .truncated(path: file.path, needed: range.upperBound, found: range.lowerBound + found)
  }

  private static func headerEnd(_ file: PartlyReadFile) throws(SafeTensorsError) -> Int {
    guard file.count >= 8 else { throw .malformed(path: file.path, reason: "it has no header") }
    let first = try bytes(in: 0..<min(9, file.count), of: file)
    let length = first[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Of a file of another kind these bytes are text, and the length absurd.
    guard length <= longestHeader, first.count > 8, first[8] == UInt8(ascii: "{") else {
      throw .malformed(path: file.path, reason: "it does not begin with a header")
    }
    let end = 8 + Int(length)
    guard end <= file.count else {
      throw .truncated(path: file.path, needed: end, found: file.count)
    }
    return end
  }
}

/// What the metadata say of all bytes of the file.
private struct Checksum {
  let digits: String
  /// Of everything before the tensors.
  let ofHeader: XXHash64

  init?(_ metadata: [String: String], header: [UInt8]) throws(TensorEntry.Flaw) {
    guard let digits = metadata[SafeTensorsWriter.checksumKey] else { return nil }
    var header = header
    guard digits.utf8.count == SafeTensorsWriter.checksumDigits,
      let place = SafeTensorsWriter.checksumPlace(in: header)
    else { throw TensorEntry.Flaw("its checksum cannot be read") }
    header.replaceSubrange(
      place, with: repeatElement(UInt8(ascii: "0"), count: place.count))
    var hash = XXHash64()
    header.withUnsafeBytes { hash.update($0) }
    self.digits = digits
    ofHeader = hash
  }
}
