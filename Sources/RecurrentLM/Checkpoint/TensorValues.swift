/// The values of one tensor after another, read in pieces whose size the reader chooses.
public final class TensorValues {
  private let file: PartlyReadFile
  /// The hash of all bytes so far, if it is asked for.
  private(set) var hash: XXHash64?
  private var rest = 0..<0
  private var type = ""
  private var raw: [UInt8] = []
  private var converted: [Float] = []

  init(_ file: PartlyReadFile, hash: XXHash64?) {
    self.file = file
    self.hash = hash
  }

  func begin(_ place: Range<Int>, type: String) {
    rest = place
    self.type = type
  }

  /// Skips values, reading them if they count for the hash.
  func finish() throws {
    guard hash != nil else { return }
    while !rest.isEmpty { try withBytes(min(rest.count, 1 << 20)) { _ in } }
  }

  /// Hands out the next bytes.
  ///
  /// - Throws: `SafeTensorsError`.
  func withBytes<Result>(
    _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    precondition(count <= rest.count, "more than a tensor has")
    if raw.count < count { raw = [UInt8](repeating: 0, count: count) }
    return try raw.withUnsafeMutableBytes { raw in
      let piece = UnsafeMutableRawBufferPointer(rebasing: raw[..<count])
      let found: Int
      do { found = try file.read(rest.lowerBound..<rest.lowerBound + count, into: piece) } catch {
        throw SafeTensorsError.unreadable(path: file.path, reason: reason(of: error))
      }
      guard found == count else {
        throw SafeTensorsError.truncated(
          path: file.path, needed: rest.upperBound, found: rest.lowerBound + found)
      }
      hash?.update(UnsafeRawBufferPointer(piece))
      rest = rest.lowerBound + count..<rest.upperBound
      return try body(UnsafeRawBufferPointer(piece))
    }
  }

  /// Whether values of a type can be read as floats.
  static func readsFloats(ofType type: String) -> Bool { ["F32", "F16", "BF16"].contains(type) }

  /// Hands out the next values, converted to 32 bits.
  ///
  /// - Throws: `SafeTensorsError`.
  func withFloats<Result>(
    _ count: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    precondition(TensorValues.readsFloats(ofType: type), "a tensor of floats")
    // Every platform of Swift is little-endian, as the format is.
    if type == "F32" {
      return try withBytes(4 * count) { try body($0.bindMemory(to: Float.self)) }
    }
    let convert = type == "F16" ? float(ofHalf:) : float(ofBFloat16:)
    converted = try withBytes(2 * count) { $0.bindMemory(to: UInt16.self).map(convert) }
    return try converted.withUnsafeBufferPointer(body)
  }
}

/// bfloat16 is the upper half of a float.
private func float(ofBFloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

/// IEEE 754 binary16: a sign, 5 bits of exponent, 10 of significand. Swift's Float16 is not on every
/// platform.
private func float(ofHalf bits: UInt16) -> Float {
  let exponent = Int(bits >> 10 & 0x1F)
  let significand = Float(bits & 0x3FF)
  let magnitude: Float =
    switch exponent {
    case 0: significand * 0x1p-24
    case 31: significand == 0 ? .infinity : .nan
    default: (1024 + significand) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
    }
  return bits >> 15 == 0 ? magnitude : -magnitude
}
