import Testing

@testable import CharnnCommands

@Suite struct JSONLineTests {
  @Test func membersStandInTheOrderInWhichTheyAreAdded() {
    var line = JSONLine()
    #expect(line.text == "{}")
    line.add("z", 1)
    line.add("a", [2, 3])
    line.add("m", true)
    line.add("nothing", nil as Int?)
    #expect(line.text == #"{"z":1,"a":[2,3],"m":true}"#)
  }

  @Test(arguments: [
    ("plain", #""plain""#), ("\"\\", #""\"\\""#), ("a\nb\tc\r", #""a\nb\tc\r""#), ("/", #""/""#),
    ("漢😀é", "\"漢😀é\""), ("", #""""#),
  ])
  func stringsAreEscapedAndStayReadable(_ text: String, _ encoded: String) {
    var line = JSONLine()
    line.add("text", text)
    #expect(line.text == #"{"text":\#(encoded)}"#)
  }

  @Test func everyControlCharacterSurvivesOnOneLine() throws {
    let text = String(String.UnicodeScalarView((0..<160).map { Unicode.Scalar(UInt8($0)) }))
    var line = JSONLine()
    line.add(text, text)
    #expect(!line.text.contains("\n"))
    let object = try jsonObject(line.text)
    #expect(object[text] as? String == text)
  }

  @Test(arguments: [
    (2.5, "2.5"), (1, "1"), (0.002, "0.002"), (.nan, "null"), (.infinity, "null"),
    (-.infinity, "null"),
  ])
  func aNumberThatJSONCannotWriteIsNull(_ value: Double, _ encoded: String) {
    var line = JSONLine()
    line.add("x", value)
    #expect(line.text == #"{"x":\#(encoded)}"#)
  }

  /// Also where a terminal shows it, on which `visible` finds nothing to change.
  @Test func invisibleCharactersAreEscapesOfJSON() {
    var line = JSONLine()
    line.add("a", "x\u{200d}\u{e0001}é")
    #expect(line.text == #"{"a":"x\u200d\udb40\udc01é"}"#)
    #expect(visible(line.text) == line.text)
  }
}
