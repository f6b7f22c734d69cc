import Foundation
import RecurrentLM
import Testing

@testable import CharnnCommands

@Suite struct TrainingSetupTests {
  @Test func theTextsOfTheRunAndOtherFilesAreNotReplaced() throws {
    let folder = try Workspace()
    try folder.write(Tiny.text, to: "other.txt")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: "text.txt")
    for name in ["text.txt", "link", "other.txt"] {
      let outcome = charnn(["train", folder.text, "--out", folder.file(name)] + Tiny.options)
      #expect(outcome.code == .cannotCreate)
      #expect(outcome.messages.hasPrefix("charnn: \(folder.file(name)): cannot be written: it "))
      #expect(try folder.data(name) == Data(Tiny.text.utf8))
    }
    // An empty file may be the output, but not if it is one of the texts.
    try folder.write("", to: "empty.txt")
    let outcome = charnn(
      ["train", folder.text, folder.file("empty.txt"), "--out", folder.file("empty.txt")]
        + Tiny.options)
    #expect(outcome.code == .cannotCreate)
    #expect(outcome.messages.contains("it is a text that this run reads"))
  }

  @Test func aSecondRunOnOneCheckpointIsRefused() throws {
    let folder = try Workspace()
    let first = try OutputFile(folder.model, keepsPresent: true, isOurs: { _ in true })
    let outcome = withExtendedLifetime(first) { folder.train() }
    #expect(outcome.code == .cannotCreate)
    #expect(outcome.messages.contains("this command writes there already"))
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
  }

  @Test func weightDecayWithoutItsOptimizerIsRefused() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--weight-decay", "0.1")
    #expect(outcome.code == .usage)
    #expect(
      outcome.messages.hasPrefix(
        "charnn: --weight-decay is for --optimizer adamw or sgd; adam has none\n"))
    #expect(folder.train("--weight-decay", "0.1", "--optimizer", "adamw").code == .done)
    #expect(folder.train("--resume", "--weight-decay", "0.1").code == .done)
  }

  @Test func patienceWithoutAHeldOutTextComesWithAWarning() throws {
    let folder = try Workspace(hasModel: false)
    let outcome = folder.train("--patience", "1")
    #expect(outcome.code == .done)
    #expect(
      outcome.messages
        == "warning: --patience does nothing here: it needs a held-out text, and there is none; --validation holds some out\n"
    )
  }

  @Test func aHeldOutFileOfWhichNothingIsLeftIsRefused() throws {
    let folder = try Workspace(hasModel: false)
    try folder.write("123", to: "digits.txt")
    let outcome = folder.train("--text", "letters", "--validation", folder.file("digits.txt"))
    #expect(outcome.code == .badData)
    #expect(outcome.messages.hasPrefix("charnn: the held-out text has 0 characters"))
  }
}
