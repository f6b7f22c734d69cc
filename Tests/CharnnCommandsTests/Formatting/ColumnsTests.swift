import Testing

@testable import CharnnCommands

@Suite struct ColumnsTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("時間", 4), ("ｆ", 2), ("🙂", 2), ("👩‍🚀", 2),
    ("❤️", 2),
    ("─█⣿", 3), ("\u{200d}", 0),
  ])
  func aTextHasTheColumnsOfItsCharacters(_ text: String, _ expected: Int) {
    #expect(columns(of: text) == expected)
  }

  @Test func aPrefixNeverEndsWithinAWideCharacter() {
    #expect(prefix(of: "a時間", columns: 2) == "a")
    #expect(prefix(of: "a時間", columns: 3) == "a時")
    #expect(prefix(of: "abc", columns: 0) == "")
    #expect(padded("時", columns: 4) == "時  ")
  }

  @Test func aTextInColoursIsCutToColumnsAcrossItsParts() {
    var text = StyledText("ab", .bold)
    text.append("狐狸c")
    text.append("d", .dim)
    #expect(text.prefix(columns: 1) == StyledText("a", .bold))
    // The second wide character would stand in columns five and six.
    #expect(text.prefix(columns: 5).plain == "ab狐")
    #expect(text.prefix(columns: 7).plain == "ab狐狸c")
    #expect(text.prefix(columns: 8) == text)
    #expect(rightAligned("狐", columns: 4) == "  狐")
  }
}
