import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct InspectTests {
  @Test(arguments: [
    ("", "model         LSTM, 1 layer of 8\n"), ("--tensors", "linear.weight     28 x 8  "),
    ("--vocabulary", "0\tU+000A\t\\n\n"), ("--history", "epoch\tloss\tperplexity\t"),
    ("charnn.safetensors", "parameters    1,468\n"),
  ])
  func whatACheckpointHoldsIsShown(_ options: String, _ part: String) throws {
    let outcome = try Shell.withModel().run("charnn inspect \(options)")
    #expect(outcome.output.contains(part))
    #expect(outcome.messages.isEmpty)
  }

  @Test func theEnvironmentNamesTheCheckpoint() throws {
    let outcome = try Shell.withModel().run(
      "mv charnn.safetensors m; CHARNN_MODEL=m charnn inspect")
    #expect(outcome.output.hasPrefix("checkpoint    m\n"))
  }

  @Test func asJSONItIsOneObject() throws {
    let objects = try Shell.withModel().run("charnn inspect --json").objects()
    try #require(objects.count == 1)
    #expect(objects[0]["corpus"] as? [String] == ["text.txt"])
    #expect((objects[0]["tensors"] as? [any Sendable])?.count == 6)
  }

  @Test(.enabled(if: isInstalled("chromium"), "needs chromium"))
  func inThePageAUnitIsChosenByAClick() throws {
    let shell = try Shell.withModel()
    try shell.run("charnn inspect --html units.html --corpus text.txt")
    let page = String(decoding: try shell.data("units.html"), as: UTF8.self)
    let click =
      "<script>document.querySelectorAll('.grid button')[5].click();"
      + "document.querySelector('#text span').dispatchEvent("
      + "new MouseEvent('mouseover', {bubbles: true}))</script></body>"
    try shell.write(Data(page.replacing("</body>", with: click).utf8), to: "clicked.html")
    let shown = try shell.run(
      "chromium --headless --no-sandbox --disable-gpu --user-data-dir=profile --dump-dom "
        + "\"file://$PWD/clicked.html\" 2>/dev/null"
    ).output
    #expect(shown.contains(/<p id="chosen"[^>]*>Unit 1:6[,<]/))
    #expect(shown.contains(/<button data-unit="5"[^>]*aria-pressed="true"/))
    #expect(shown.contains(/<span data-index="0" class="[pn]?\d?">t<\/span>/))
    #expect(shown.contains(/class="[pn]\d end"/))
    #expect(shown.contains(/<p id="character">character 1: [+-]\d\.\d\d</))
  }

  @Test func ofABuiltInTextItReadsWhatTheModelKnows() throws {
    let outcome = try Shell().run(
      "charnn train $TINY --quiet --max-chars 600; charnn inspect --cells 'the' --unit 1:1")
    #expect(outcome.output.hasPrefix("position\tcharacter\t1:1\n1\tt\t"))
  }

  /// U+0D4E joins the character after it, so that `<` is no character of its own.
  @Test func aTextCannotEndTheScriptOfItsPage() throws {
    let shell = try Shell(["text.txt": String(repeating: "\u{d4e}</script><script>x() ", count: 40)]
    )
    try shell.run(
      "charnn train $TINY --quiet text.txt; charnn inspect --html page.html --corpus text.txt")
    let page = String(decoding: try shell.data("page.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<script>").count == 2)
    let escaped = "\u{d4e}" + #"\u003c/script>"#
    #expect(page.contains(escaped))
  }

  @Test func aPictureIsDrawnAlone() throws {
    let outcome = try Shell.withModel().run(
      "charnn inspect --plot a.svg --gates", expecting: 64)
    #expect(outcome.messages.contains("leave out --gates"))
  }
}
