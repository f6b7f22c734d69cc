import Foundation
import Testing

@testable import CharnnCommands

@Suite struct ManualTests {
  @Test func eachOptionHasAParagraph() {
    let page = charnn("--generate-manual").output
    for option in commandDescriptions.flatMap(\.options) {
      let heading = option.spelling.replacing("-", with: "\\-")
      #expect(page.contains(".TP\n.B \(heading)\n"), "\(option.name)")
    }
  }

  @Test(.enabled(if: isInstalled("groff"), "needs groff"))
  func groffSetsThePageWithoutAComplaint() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write(charnn("--generate-manual").output, to: "charnn.1")
    let set = try system("groff", "-man", "-Tutf8", "-P-cbou", "-ww", folder.file("charnn.1"))
    #expect(set.code == 0)
    #expect(set.messages.isEmpty)
    let text = String(decoding: set.output, as: UTF8.self)
    #expect(text.contains("CHARNN TRAIN") && text.contains("the LSTM's forget gate"))
  }
}
