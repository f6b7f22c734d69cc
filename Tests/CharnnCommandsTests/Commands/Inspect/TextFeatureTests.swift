import Testing

@testable import CharnnCommands

@Suite struct TextFeatureTests {
  /// The characters at which a feature is above its mean, as `^` under each.
  private func marks(_ name: String, _ line: String) -> String? {
    // Often enough for every feature that a line has.
    let text = String(repeating: line, count: 6)
    let features = TextFeature.all(in: Array(text.unicodeScalars))
    return features.first { $0.name == name }.map { feature in
      feature.values.suffix(line.unicodeScalars.count).map { $0 > 0 ? "^" : "." }.joined()
    }
  }

  @Test(arguments: [
    ("inside quotation marks", "He said \"go on\" twice.\n", "........^^^^^^........."),
    ("inside quotation marks", "'I don't,' he said.\n", "^^^^^^^^^..........."),
    ("inside quotation marks", "the cats' 'own' don't\n", "..........^^^^........"),
    ("inside quotation marks", "“I’m ‘it’,” he said.\n", "^^^^^^^^^^..........."),
    ("depth of brackets", "a (b) [c] d\n", "..^^..^^...."),
    ("indentation", "\n   ab\n", "..^^^^."),
    ("position in the line", "abcdef\n", "...^^^."),
    ("position in the word", "a bcdef\n", "....^^^."),
    ("space or line end", "ab c\n", "..^.^"),
    ("last letter of a word", "ab, c\n", ".^..^."),
    ("capital letter", "aBc\n", ".^.."),
    ("vowel", "abe\n", "^.^."),
    ("digit", "a12\n", ".^^."),
    ("punctuation", "a-b.\n", ".^.^."),
  ])
  func aFeatureIsWhereAReaderSeesIt(_ name: String, _ line: String, _ expected: String) {
    #expect(marks(name, line) == expected, "\(name): \(line)")
  }

  @Test func whatATextLacksOrHasSeldomIsNoFeature() {
    let text = Array("a (b) c (d) e (f) g (h) i\n".unicodeScalars)
    let names = TextFeature.all(in: text).map(\.name)
    #expect(!names.contains("depth of brackets"))
    #expect(!names.contains("digit"))
    #expect(names.contains("space or line end"))
    #expect(TextFeature.all(in: []).isEmpty)
  }
}
