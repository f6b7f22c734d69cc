import Testing

@testable import CharnnCommands
@testable import RecurrentLM

@Suite struct NextCommandTests {
  @Test(arguments: [
    ("the cat", "charnn.safetensors", Objective.next, "--temperature 0.8 --length 200 'the cat'"),
    ("a\n春眠", "a b", .next, "--temperature 0.8 --length 200 --model 'a b' 春眠"),
    ("it's _o", "m", .cloze, "--fill --model m 'it'\\''s _o'"),
    ("- He", "m", .next, "--temperature 0.8 --length 200 --model m -- '- He'"),
  ])
  func itCanBePastedIntoAShell(
    _ prompt: String, _ checkpoint: String, _ objective: Objective, _ words: String
  ) {
    #expect(
      nextCommand(prompt: prompt, checkpoint: checkpoint, objective)
        == "next: charnn predict \(words)")
  }
}
