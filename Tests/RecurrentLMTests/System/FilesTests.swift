import Foundation
import Testing

@testable import RecurrentLM

@Suite struct FilesTests {
  @Test func ofAFileThatIsCutOffMeanwhileTheRestIsRead() throws {
    let folder = try TemporaryFolder()
    let words = (0..<100).map { UInt32($0) }
    try words.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: folder.file("words")))
    let file = try PartlyReadFile(folder.file("words"))
    #expect(file.count == 400)
    #expect(try file.values(in: 40..<400) == Array(words[10...]))
    #expect(truncate(folder.file("words"), 200) == 0)
    #expect(try file.values(in: 0..<200) == Array(words[..<50]))
    #expect(try file.values(in: 40..<400) == Array(words[10..<50]))
    #expect(try file.values(in: 200..<400) == [UInt32]())
  }
}
