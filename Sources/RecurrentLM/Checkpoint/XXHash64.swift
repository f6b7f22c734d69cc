/// XXH64 with the seed 0: 64 bits that no single changed bit leaves as they were, made at the speed of
/// memory. Specification: <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>
struct XXHash64 {
  private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5
  )
  private static let stripe = 32

  private var lanes = SIMD4<UInt64>(
    primes.0 &+ primes.1, primes.1, 0, 0 &- primes.0)
  private var count = 0
  /// The bytes that do not fill a stripe yet.
  private var rest: [UInt8] = []

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    count += bytes.count
    var bytes = bytes[...]
    if !rest.isEmpty {
      let missing = bytes.prefix(XXHash64.stripe - rest.count)
      rest += missing
      bytes = bytes.dropFirst(missing.count)
      guard rest.count == XXHash64.stripe else { return }
      rest.withUnsafeBytes { takeStripes($0) }
      rest = []
    }
    let whole = bytes.count / XXHash64.stripe * XXHash64.stripe
    takeStripes(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)))
    rest += bytes.dropFirst(whole)
  }

  private mutating func takeStripes(_ bytes: UnsafeRawBufferPointer) {
    var lanes = lanes
    for place in stride(from: 0, to: bytes.count, by: XXHash64.stripe) {
      let input = bytes.loadUnaligned(fromByteOffset: place, as: SIMD4<UInt64>.self)
      for lane in 0..<4 {
        lanes[lane] = XXHash64.round(lanes[lane], UInt64(littleEndian: input[lane]))
      }
    }
    self.lanes = lanes
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word << bits | word >> (64 - bits)
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* primes.1, 31) &* primes.0
  }

  /// Of all bytes so far.
  var value: UInt64 {
    let p = XXHash64.primes
    var hash = p.4
    if count >= XXHash64.stripe {
      hash =
        XXHash64.rotated(lanes[0], 1) &+ XXHash64.rotated(lanes[1], 7)
        &+ XXHash64.rotated(lanes[2], 12) &+ XXHash64.rotated(lanes[3], 18)
      for lane in 0..<4 { hash = (hash ^ XXHash64.round(0, lanes[lane])) &* p.0 &+ p.3 }
    }
    return avalanche(addingRest(to: hash &+ UInt64(count)))
  }

  private func addingRest(to start: UInt64) -> UInt64 {
    let p = XXHash64.primes
    var hash = start
    var rest = rest[...]
    func take(_ count: Int) -> UInt64 {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    while rest.count >= 8 {
      hash = XXHash64.rotated(hash ^ XXHash64.round(0, take(8)), 27) &* p.0 &+ p.3
    }
    if rest.count >= 4 { hash = XXHash64.rotated(hash ^ take(4) &* p.0, 23) &* p.1 &+ p.2 }
    while !rest.isEmpty { hash = XXHash64.rotated(hash ^ take(1) &* p.4, 11) &* p.0 }
    return hash
  }

  private func avalanche(_ start: UInt64) -> UInt64 {
    var hash = start
    hash = (hash ^ hash >> 33) &* XXHash64.primes.1
    hash = (hash ^ hash >> 29) &* XXHash64.primes.2
    return hash ^ hash >> 32
  }
}
