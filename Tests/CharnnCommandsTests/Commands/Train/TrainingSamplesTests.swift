import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct TrainingSamplesTests {
  @Test func samplesContinueEachPromptByFiftyCharacters() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train(
      "--json", "--sample-every", "1", "--prompt", "fox", "--prompt", "the dog")
    let samples = try outcome.objects().filter { $0["event"] as? String == "sample" }
    #expect(samples.map { $0["epoch"] as? Int } == [1, 1, 2, 2])
    #expect(samples.map { $0["prompt"] as? String } == ["fox", "the dog", "fox", "the dog"])
    for sample in samples {
      let prompt = try #require(sample["prompt"] as? String)
      let text = try #require(sample["text"] as? String)
      #expect(text.hasPrefix(prompt))
      #expect(text.unicodeScalars.count == prompt.unicodeScalars.count + 50)
    }
  }

  @Test func aSampleByDefaultContinuesTheStartOfTheText() throws {
    let folder = try Workspace(hasModel: false)
    let events = try folder.train("--json", "--sample-every", "2").objects()
    let sample = try #require(events.first { $0["event"] as? String == "sample" })
    #expect(sample["prompt"] as? String == "the quick brown ")
  }

  @Test func samplesDoNotDisturbTraining() throws {
    let one = try Workspace(hasModel: false)
    let other = try Workspace(hasModel: false)
    _ = one.train("--sample-every", "0")
    _ = other.train("--sample-every", "1", "--prompt", "fox")
    let losses = try [one.model, other.model].map {
      try Checkpoint(contentsOf: $0).history.map(\.loss)
    }
    #expect(losses[0].count == 2)
    #expect(losses[0] == losses[1])
  }
}
