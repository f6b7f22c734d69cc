import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct ReportFileTests {
  @Test func aPageReplacesAPageAndNothingElse() throws {
    let workspace = try Workspace(hasModel: false)
    let place = workspace.file("a.html")
    try ReportFile(place).write(page(title: "first", body: ""))
    try ReportFile(place).write(page(title: "second", body: ""))
    #expect(String(decoding: try workspace.data("a.html"), as: UTF8.self).contains("second"))
    #expect(throws: OutputFileError.self) { try ReportFile(workspace.text) }
    try workspace.write("a page about the generator of charnn", to: "b.html")
    #expect(throws: OutputFileError.self) { try ReportFile(workspace.file("b.html")) }
    #expect(workspace.names == ["a.html", "b.html", "text.txt"])
  }
}
