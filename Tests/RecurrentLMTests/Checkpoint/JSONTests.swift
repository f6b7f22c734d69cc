import Testing

@testable import RecurrentLM

struct JSONTests {
  @Test(arguments: [
    #"{"name":[1,2.5e3,true]}"#, "{\n\t\"pretty\" : \"printed\"\r\n}",
    #"{"\"\\\/\b\f\n\r\t":"\\"}"#,
    #"{"\u00e9\uD83D\uDE00":"\u0000"}"#, "{\"é時😀\u{7f}\":1}", "",
  ])
  func whatJSONAllowsIsSound(_ text: String) {
    #expect(hasSoundStrings(json: Array(text.utf8)))
  }

  @Test(arguments: [
    "{\"line\nbreak\":1}", "{\"a\u{0}\":1}", #"{"\q":1}"#, #"{"\"#, #"{"\u12"#, #"{"\u12g4":1}"#,
    #"{"\u+123":1}"#, #"{"\u１２３４":1}"#, #"{"\ud83d":1}"#, #"{"\ud83d\u0041":1}"#,
    #"{"\ud83d\n":1}"#,
    #"{"\ude00":1}"#, #"{"\ud83d\u"#,
  ])
  func whatItDoesNotAllowIsNot(_ text: String) {
    #expect(!hasSoundStrings(json: Array(text.utf8)))
  }

  @Test(arguments: [[0x80], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff]] as [[UInt8]])
  func bytesThatAreNotUTF8AreNotSound(_ bytes: [UInt8]) {
    #expect(!hasSoundStrings(json: [UInt8](#"{""#.utf8) + bytes + #"":1}"#.utf8))
  }
}
