import Testing

@testable import RecurrentLM

struct JSONTests {
  @Test(arguments: [
    #"{"name":[1,2.5e3,true]}"#, "{\n\t\"pretty\" : \"printed\"\r\n}",
    #"{"\"\\\/\b\f\n\r\t":"\\"}"#,
    #"{"\u00e9\uD83D\uDE00":"\u0000"}"#, "{\"é時😀\u{7f}\":1}", "",
  ])
  func whatJSONAllowsIsSound(_ text: String) {
    #expect(isSafe(json: Array(text.utf8)))
  }

  @Test(arguments: [
    "{\"line\nbreak\":1}", "{\"a\u{0}\":1}", #"{"\q":1}"#, #"{"\"#, #"{"\u12"#, #"{"\u12g4":1}"#,
    #"{"\u+123":1}"#, #"{"\u１２３４":1}"#, #"{"\ud83d":1}"#, #"{"\ud83d\u0041":1}"#,
    #"{"\ud83d\n":1}"#,
    #"{"\ude00":1}"#, #"{"\ud83d\u"#,
  ])
  func whatItDoesNotAllowIsNot(_ text: String) {
    #expect(!isSafe(json: Array(text.utf8)))
  }

  @Test(arguments: [[0x80], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff]] as [[UInt8]])
  func bytesThatAreNotUTF8AreNotSound(_ bytes: [UInt8]) {
    #expect(!isSafe(json: [UInt8](#"{""#.utf8) + bytes + #"":1}"#.utf8))
  }

  @Test(arguments: [
    #"{"a":1,"a":2}"#, #"{"a":1,"b":{"c":[]},"a":2}"#, #"[{"x":{"a":1,"\u0061":2}}]"#,
    #"{"\u00e9":1,"é":2}"#,
  ])
  func aKeyThatAnObjectHasTwiceIsNotSafe(_ text: String) {
    #expect(!isSafe(json: Array(text.utf8)))
  }

  @Test(arguments: [
    #"{"a":{"a":[{"a":1},{"a":"a"}]},"b":["a","a"]}"#, #"{"a":"x","x":"a"}"#,
    // Two characters to a file, though Unicode calls them equal.
    #"{"\u00c5":1,"\u212b":2}"#,
  ])
  func theSameStringInOtherPlacesIs(_ text: String) {
    #expect(isSafe(json: Array(text.utf8)))
  }

  /// Foundation's decoder would end the program.
  @Test func whatIsNestedDeepIsNotSafe() {
    let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 512)
    #expect(!isSafe(json: Array(#"{"x":"#.utf8) + brackets))
    #expect(!isSafe(json: brackets))
    #expect(!isSafe(json: [UInt8](repeating: UInt8(ascii: "]"), count: 512) + brackets))
    #expect(isSafe(json: Array("[[[[{\"a\":[[[[]]]]}]]]]".utf8)))
  }
}
