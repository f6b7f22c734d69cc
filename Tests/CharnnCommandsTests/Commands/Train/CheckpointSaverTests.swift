import Testing

@testable import CharnnCommands

@Suite struct CheckpointSaverTests {
  @Test func anEarlierCheckpointIsKeptWithANote() throws {
    let folder = try Workspace()
    let kept = folder.file("model.safetensors.~1~")
    let outcome = folder.train("--quiet", "--seed", "7", "--save-every", "1")
    #expect(outcome.messages == "note: the checkpoint that stood there is now \(kept)\n")
    #expect(try folder.data("model.safetensors.~1~") == Tiny.checkpoint)
    #expect(try folder.data("model.safetensors") != Tiny.checkpoint)
    #expect(folder.names == ["model.safetensors", "model.safetensors.~1~", "text.txt"])
  }

  @Test(arguments: [["--overwrite"], ["--resume", "--epochs", "3"]])
  func nothingIsKeptWhereThatIsAskedFor(_ words: [String]) throws {
    let folder = try Workspace()
    let outcome = charnn(
      ["train", folder.text, "--out", folder.model, "--quiet"] + Tiny.options + words)
    #expect(outcome.code == .done)
    #expect(outcome.messages.isEmpty)
    #expect(try folder.data("model.safetensors") != Tiny.checkpoint)
    #expect(folder.names == ["model.safetensors", "text.txt"])
  }

  @Test func aRunWithoutAnUpdateWritesNothing() throws {
    let folder = try Workspace()
    #expect(folder.train("--resume").code == .done)
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
    #expect(folder.names == ["model.safetensors", "text.txt"])
  }
}
