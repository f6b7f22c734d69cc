import Foundation
import Testing

@testable import RecurrentLM

@Suite struct FilesTests {
  @Test func partsOfAFileAreReadAndOneThatWasCutOffMeanwhileIsShort() throws {
    let folder = try TemporaryFolder()
    try folder.write([UInt8](0..<100), to: "file")
    let file = try PartlyReadFile(folder.file("file"))
    func bytes(_ range: Range<Int>) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: range.count)
      let count = try bytes.withUnsafeMutableBytes { try file.read(range, into: $0) }
      return Array(bytes[..<count])
    }
    #expect(file.count == 100)
    #expect(try bytes(3..<5) == [3, 4])
    #expect(truncate(folder.file("file"), 50) == 0)
    #expect(try bytes(40..<60) == [UInt8](40..<50))
    #expect(try bytes(60..<70).isEmpty)
    #expect(try bytes(7..<7).isEmpty)
  }
}
