import Foundation
import Testing

@testable import RecurrentLM

@Suite struct SafeTensorsTests {
  private let sample: SafeTensors = {
    var file = SafeTensors()
    file.tensors["b"] = .init(shape: [2, 3], [1, -2, 0.5, .greatestFiniteMagnitude, -0.0, 7])
    file.tensors["a.weight"] = .init(shape: [1], [.infinity])
    file.tensors["空"] = .init(shape: [0, 4], [])
    file.tensors["scalar"] = .init(shape: [], [.leastNonzeroMagnitude])
    file.metadata = ["format": "test", "text": "a\n\"漢\"/\\\u{1F600}"]
    return file
  }()

  /// Opens a file of these bytes.
  private func open(_ bytes: [UInt8]) throws -> SafeTensors {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "file")
    return try SafeTensors(contentsOf: folder.file("file"))
  }

  /// A file with this header, of which `data` follows.
  private func bytes(header: String, data: [UInt8] = []) -> [UInt8] {
    let count = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + header.utf8 + data
  }

  /// The header of `bytes`, and where the data begin.
  private func header(of bytes: [UInt8]) throws -> (json: [String: Any], end: Int) {
    let end = 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let object = try JSONSerialization.jsonObject(with: Data(bytes[8..<end]))
    return (try #require(object as? [String: Any]), end)
  }

  // MARK: Sound files

  @Test func contentsComeBack() throws {
    #expect(try open(sample.encoded()) == sample)
    #expect(try open(SafeTensors().encoded()) == SafeTensors())
  }

  @Test func bitsOfNumbersThatEqualNothingComeBack() throws {
    var file = SafeTensors()
    let values: [Float] = [.nan, Float(bitPattern: 0x7FC0_1234), .signalingNaN, -0.0]
    file.tensors["x"] = .init(shape: [4], values)
    let back = try #require(try open(file.encoded()).tensors["x"]?.floats)
    #expect(back.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func equalContentsGiveEqualBytesWithTheNamesInOrder() throws {
    var other = SafeTensors()
    for name in ["空", "scalar", "b", "a.weight"] { other.tensors[name] = sample.tensors[name] }
    for key in ["text", "format"] { other.metadata[key] = sample.metadata[key] }
    let bytes = try sample.encoded()
    #expect(try other.encoded() == bytes)
    let names = ["__metadata__", "a.weight", "b", "scalar", "空"]
    let places = try names.map { name in
      try #require(Data(bytes).range(of: Data("\"\(name)\":".utf8))).lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test(arguments: 0..<9)
  func theDataBeginAtAMultipleOfEightAndLieInTheOrderOfNames(_ length: Int) throws {
    var file = sample
    file.metadata["padding"] = String(repeating: "x", count: length)
    let bytes = try file.encoded()
    let (json, end) = try header(of: bytes)
    #expect(end % 8 == 0)
    let ranges = ["a.weight", "b", "scalar", "空"].map { name in
      (json[name] as? [String: Any])?["data_offsets"] as? [Int]
    }
    #expect(ranges == [[0, 4], [4, 28], [28, 32], [32, 32]])
    #expect(bytes.count == end + 32)
    #expect(
      Set((json["__metadata__"] as? [String: String] ?? [:]).keys) == [
        "checksum", "format", "text", "padding",
      ])
  }

  @Test func tensorsMayComeInAnyOrderAndWithIntegers() throws {
    let file = try open(
      bytes(
        header: """
          {"z":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},
           "a":{"shape":[1,1],"data_offsets":[0,4],"dtype":"I32"}}
          """, data: [0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0xC0, 0x3F]))
    #expect(file.tensors["z"]?.floats == [1.5])
    #expect(file.tensors["z"]?.integers == nil)
    #expect(file.tensors["a"]?.integers == [-2])
    #expect(file.tensors["a"]?.floats == nil)
    #expect(file.tensors["a"]?.shape == [1, 1])
    #expect(file.metadata.isEmpty)
  }

  /// The golden files, which the safetensors library of Python wrote in its own order.
  @Test(arguments: GoldenCase.names)
  func filesOfTheReferenceLibraryAreRead(_ name: String) throws {
    let path = fixture("golden/\(name).safetensors")
    let file = try SafeTensors(contentsOf: path)
    let (json, _) = try header(of: Array(Data(contentsOf: URL(fileURLWithPath: path))))
    #expect(Set(file.tensors.keys) == Set(json.keys).subtracting(["__metadata__"]))
    #expect(file.metadata["vocabulary_size"] == "11")
    #expect(file.tensors["inputs"]?.shape == [10, 5, 3])
    #expect(file.tensors["inputs"]?.integers?.allSatisfy { 0..<11 ~= $0 } == true)
  }

  /// Half the bits: of bfloat16 all but the significand's end, of half precision another exponent.
  @Test(
    arguments: [
      ("BF16", [0x3F80, 0xC000, 0x0001, 0x8000], [1, -2, Float(bitPattern: 0x10000), -0.0]),
      (
        "F16", [0x3C00, 0xC000, 0x0001, 0x8000, 0x7BFF, 0x03FF, 0x3555],
        [1, -2, 0x1p-24, -0.0, 65504, 0x1.FF8p-15, 0x1.554p-2]
      ),
    ] as [(String, [UInt16], [Float])])
  func shorterFloatsAreRead(_ type: String, _ bits: [UInt16], _ values: [Float]) throws {
    let data = bits.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let header =
      #"{"x":{"dtype":"\#(type)","shape":[\#(bits.count)],"data_offsets":[0,\#(data.count)]}}"#
    let floats = try #require(try open(bytes(header: header, data: data)).tensors["x"]?.floats)
    #expect(floats.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func infinitiesAndWhatIsNoNumberAreSoInHalfPrecisionToo() throws {
    let header = #"{"x":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}}"#
    let file = try open(bytes(header: header, data: [0, 0x7C, 0, 0xFC, 1, 0x7C]))
    let floats = try #require(file.tensors["x"]?.floats)
    #expect(floats[0] == .infinity && floats[1] == -.infinity && floats[2].isNaN)
  }

  // MARK: The checksum

  @Test func everyChangedBitIsFound() throws {
    let bytes = try sample.encoded()
    let folder = try TemporaryFolder()
    for bit in 0..<8 * bytes.count {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      try folder.write(changed, to: "file")
      // Of a changed name of the checksum, or one in the header that says less, the container alone
      // cannot know; the checkpoint's version does.
      guard let reader = try? SafeTensorsReader(folder.file("file")), reader.hasChecksum else {
        continue
      }
      #expect(throws: SafeTensorsError.damaged(path: folder.file("file")), "bit \(bit)") {
        try reader.read { _, _ in }
      }
    }
  }

  @Test func whatIsReadInPiecesIsCheckedWhole() throws {
    let folder = try TemporaryFolder()
    try sample.write(to: folder.file("file"))
    let reader = try SafeTensorsReader(folder.file("file"))
    var found: [String: [Float]] = [:]
    try reader.read { entry, values in
      // Of some tensors nothing is wanted, of one only the beginning.
      guard entry.name == "b" else { return }
      for count in [1, 2] {
        found[entry.name, default: []] += try values.withFloats(count) { Array($0) }
      }
    }
    #expect(found == ["b": [1, -2, 0.5]])
  }

  @Test func aFileWithoutAChecksumIsRead() throws {
    let header = #"{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#
    let folder = try TemporaryFolder()
    try folder.write(bytes(header: header), to: "file")
    #expect(try !SafeTensorsReader(folder.file("file")).hasChecksum)
  }

  @Test(arguments: ["", "0", "0123456789abcde", "0123456789abcdefg", "xyz"])
  func aChecksumOfAnotherLengthIsMalformed(_ digits: String) {
    #expect(isMalformed(bytes(header: #"{"__metadata__":{"checksum":"\#(digits)"}}"#)))
  }

  // MARK: Files that are none

  @Test func whatCannotBeReadOrWrittenIsNamed() throws {
    let folder = try TemporaryFolder()
    let (path, missing) = (folder.path, folder.file("missing"))
    #expect(throws: SafeTensorsError.missing(path: missing)) {
      try SafeTensors(contentsOf: missing)
    }
    #expect {
      try SafeTensors(contentsOf: path)
    } throws: { error in
      guard case .unreadable(path, let reason)? = error as? SafeTensorsError else { return false }
      return !reason.isEmpty
    }
  }

  /// Whether these bytes are refused as malformed, with a reason.
  private func isMalformed(_ bytes: [UInt8]) -> Bool {
    do {
      _ = try open(bytes)
    } catch SafeTensorsError.malformed(_, let reason) {
      return !reason.isEmpty
    } catch {}
    return false
  }

  @Test(arguments: [
    [], [0], [UInt8](repeating: 0, count: 7), [UInt8](repeating: 0, count: 8),
    [UInt8](repeating: 0xFF, count: 100), Array("#!/bin/sh\necho this is no such file\n".utf8),
    [2, 0, 0, 0, 0, 0, 0, 0x80] + Array("{}".utf8), [2, 0, 0, 0, 0, 0, 0, 0] + Array("[]".utf8),
    [0, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8),
  ])
  func aFileOfAnotherKindIsMalformed(_ bytes: [UInt8]) {
    #expect(isMalformed(bytes))
  }

  @Test(arguments: [
    "{", "{}}", "{\"a\":1}", "{\"a\":{}}", "{\"a\":null}", "{\"__metadata__\":{\"a\":1}}",
    "{\"__metadata__\":\"a\"}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,1e30]}}",
    "{" + String(repeating: "\"a\":{", count: 5000),
  ])
  func aHeaderThatIsNotTheJSONNeededIsMalformed(_ header: String) {
    #expect(isMalformed(bytes(header: header, data: [0, 0, 0, 0])))
  }

  @Test(arguments: [
    ("F32", "[2]", "[0,4]"), ("F32", "[1]", "[0,8]"), ("F32", "[1]", "[4,0]"),
    ("F32", "[1]", "[-4,0]"), ("F32", "[1]", "[0]"), ("F32", "[1]", "[0,4,8]"),
    ("F32", "[-1]", "[0,4]"), ("F32", "[-1,-1]", "[0,4]"), ("F32", "[]", "[0,0]"),
    ("F32", "[1]", "[0,3]"),
    // Products beyond 64 bits, among them those that would wrap around to 0 and to 1.
    ("F32", "[9223372036854775807,9223372036854775807]", "[0,4]"),
    ("F32", "[4294967296,4294967296]", "[0,0]"),
    ("F32", "[4611686018427387905]", "[0,4]"),
    ("F32", "[9223372036854775807]", "[0,9223372036854775807]"),
    ("F16", "[1]", "[0,4]"), ("I64", "[2]", "[0,8]"), ("U8", "[2]", "[0,4]"),
  ])
  func aTensorThatIsNotWhatItsEntrySaysIsMalformed(
    _ type: String, _ shape: String, _ offsets: String
  ) {
    let header = #"{"x":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
    #expect(isMalformed(bytes(header: header, data: [0, 0, 0, 0, 0, 0, 0, 0])))
  }

  @Test(arguments: [
    // An overlap, a tensor within another, a gap between two and one before the first.
    ("[0,8]", "[4,12]"), ("[0,8]", "[0,8]"), ("[0,8]", "[12,20]"), ("[4,12]", "[12,20]"),
  ])
  func tensorsThatDoNotFollowEachOtherAreMalformed(_ first: String, _ second: String) {
    let entry = #"{"dtype":"F32","shape":[2],"data_offsets":"#
    let header = #"{"a":\#(entry)\#(first)},"b":\#(entry)\#(second)}}"#
    #expect(isMalformed(bytes(header: header, data: [UInt8](repeating: 0, count: 20))))
  }

  @Test func bytesBehindTheLastTensorAreMalformed() throws {
    #expect(try isMalformed(sample.encoded() + [0]))
  }

  @Test func aNameThatIsThereTwiceIsMalformed() {
    let entry = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    #expect(isMalformed(bytes(header: #"{"a":\#(entry),"a":\#(entry)}"#)))
  }

  @Test(arguments: ["I64", "F64", "BOOL", "F4", "?"])
  func tensorsOfOtherTypesMayBeThereAndAreNotRead(_ type: String) throws {
    let folder = try TemporaryFolder()
    let header =
      #"{"x":{"dtype":"\#(type)","shape":[8],"data_offsets":[0,\#(type == "BOOL" ? 8 : 64)]}}"#
    try folder.write(
      bytes(header: header, data: [UInt8](repeating: 0, count: type == "BOOL" ? 8 : 64)), to: "file"
    )
    #expect(try SafeTensorsReader(folder.file("file")).tensors.map(\.type) == [type])
  }

  @Test func aTensorBeyondTheEndSaysWhatIsMissing() throws {
    let folder = try TemporaryFolder()
    let header = #"{"x":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}"#
    try folder.write(bytes(header: header, data: [0, 0, 0, 0]), to: "file")
    let (path, end) = (folder.file("file"), 8 + header.utf8.count)
    #expect(throws: SafeTensorsError.truncated(path: path, needed: end + 36, found: end + 4)) {
      try SafeTensors(contentsOf: path)
    }
  }

  @Test func anEndBeyond64BitsIsNoCrash() {
    let header =
      #"{"x":{"dtype":"F32","shape":[2305843009213693951],"#
      + #""data_offsets":[0,9223372036854775804]}}"#
    #expect(throws: SafeTensorsError.self) { try open(bytes(header: header)) }
  }

  @Test func aFileCutAnywhereIsRefused() throws {
    let bytes = try sample.encoded()
    let folder = try TemporaryFolder()
    for count in bytes.indices {
      try folder.write(Array(bytes[..<count]), to: "file")
      #expect(throws: SafeTensorsError.self, "\(count) bytes") {
        try SafeTensors(contentsOf: folder.file("file"))
      }
    }
  }

  @Test func damagedFilesNeverCrash() throws {
    let bytes = try sample.encoded()
    let folder = try TemporaryFolder()
    var generator = RandomGenerator(seed: 1)
    var refused = 0
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: bytes.indices, using: &generator)
        damaged[place] = UInt8.random(in: 0...255, using: &generator)
      }
      try folder.write(damaged, to: "file")
      if (try? SafeTensors(contentsOf: folder.file("file"))) == nil { refused += 1 }
    }
    #expect(refused > 390)
  }
}
