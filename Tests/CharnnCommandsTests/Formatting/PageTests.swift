import Testing

@testable import CharnnCommands

@Suite struct PageTests {
  @Test func aTextCannotBecomeMarkup() {
    #expect(escapedForPage("<a href=\"x\"> & b") == "&lt;a href=&quot;x&quot;&gt; &amp; b")
    #expect(escapedForPage("<\u{301}") == "&lt;\u{301}")
    #expect(page(title: "<b>", body: "").contains("<title>&lt;b&gt;</title>"))
  }
}
