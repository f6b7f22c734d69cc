import Testing

@Suite(.timeLimit(.minutes(5))) struct InspectTests {
  @Test(arguments: [
    ("", "model         LSTM, 1 layer of 8\n"), ("--tensors", "linear.weight     28 x 8 "),
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
}
