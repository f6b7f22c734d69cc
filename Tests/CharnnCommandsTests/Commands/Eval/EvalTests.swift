import Foundation
import Testing

@testable import CharnnCommands

@Suite struct EvalTests {
  @Test(arguments: [
    (["--string", "x", "text.txt"], "--string and CORPUS are both given; give one of them"),
    (
      ["--chars", "--streams", "2"],
      "--chars needs the text as one stream; leave out --streams"
    ),
    (
      ["--chars", "--json"],
      "--chars and --json both print to standard output; give one of them"
    ),
    (
      ["--chars", "--lines"],
      "--chars and --lines both print to standard output; give one of them"
    ),
    (
      ["--chars", "--against", "b"],
      "--chars and --against both print to standard output; give one of them"
    ),
    (
      ["--worst", "3", "--streams", "2"],
      "--worst needs the text as one stream; leave out --streams"
    ),
    (
      ["--adapt", "0.05", "--precision", "bfloat16"],
      "--adapt trains the model in Float; leave out --precision bfloat16"
    ),
    (
      ["--html", "x", "--streams", "2"], "--html needs the text as one stream; leave out --streams"
    ),
  ])
  func optionsThatContradictEachOtherAreRefused(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message, command: "eval")) { try Eval.parse(words) }
  }

  private func result(_ outcome: Outcome<ExitCode>) throws -> [String: any Sendable] {
    #expect(outcome.code == .done)
    #expect(outcome.messages.isEmpty)
    return try #require(try outcome.objects().first)
  }

  @Test func asJSONTheResultHasTheKeysOfTheContract() throws {
    let folder = try Workspace()
    let object = try result(folder.onModel("eval", folder.text, "--json"))
    #expect(
      Set(object.keys) == [
        "loss", "perplexity", "bits_per_character", "characters", "unknown", "seconds",
      ])
    let loss = try #require(object["loss"] as? Double)
    let perplexity = try #require(object["perplexity"] as? Double)
    let bits = try #require(object["bits_per_character"] as? Double)
    #expect(abs(perplexity - exp(loss)) < 1e-9)
    #expect(abs(bits - log2(perplexity)) < 1e-9)
    #expect((1...28).contains(perplexity))
    #expect(object["characters"] as? Int == 659)
    #expect(object["unknown"] as? Int == 0)
  }

  @Test func theResultIsOneLine() throws {
    let folder = try Workspace()
    let outcome = folder.onModel("eval", folder.text)
    #expect(outcome.code == .done)
    let pattern =
      #/loss \d\.\d{4} nats per character, perplexity \d\d\.\d\d, \d\.\d{4} bits per character /#
    #expect(outcome.output.hasSuffix("(659 characters)\n"))
    #expect(outcome.output.prefixMatch(of: pattern) != nil, "\(outcome.output)")
  }

  @Test func aStringCountsAsAFileDoes() throws {
    let folder = try Workspace()
    var file = try result(folder.onModel("eval", folder.text, "--json"))
    var string = try result(folder.onModel("eval", "--string", Tiny.text, "--json"))
    file["seconds"] = nil
    string["seconds"] = nil
    #expect(NSDictionary(dictionary: file) == NSDictionary(dictionary: string))
  }

  @Test(arguments: [(1, 659), (2, 658), (5, 655), (600, 600)])
  func streamsPredictAllButTheirFirstCharacter(_ streams: Int, _ characters: Int) throws {
    let folder = try Workspace()
    let object = try result(
      folder.onModel("eval", folder.text, "--json", "--streams", "\(streams)"))
    #expect(object["characters"] as? Int == characters)
  }

  @Test func eachCharacterIsPrintedWithItsSurprisal() throws {
    let folder = try Workspace()
    let text = "the fox\n"
    let outcome = folder.onModel("eval", "--string", text, "--chars")
    #expect(outcome.messages.hasPrefix("loss ") && outcome.messages.hasSuffix("(7 characters)\n"))
    let fields = outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(fields.map(\.first) == ["h", "e", " ", "f", "o", "x", "\\n"])
    let bits = try fields.map { try #require($0.last.flatMap { Double($0) }) }
    let object = try result(folder.onModel("eval", "--string", text, "--json"))
    let mean = try #require(object["bits_per_character"] as? Double)
    #expect(abs(bits.reduce(0, +) / 7 - mean) < 0.001)
  }

  @Test func aThresholdThatIsMissedIsAnExitCode() throws {
    let folder = try Workspace()
    let missed = folder.onModel("eval", folder.text, "--max-perplexity", "1.5")
    #expect(missed.code == .thresholdMissed)
    #expect(missed.output.hasPrefix("loss "))
    #expect(missed.messages.hasSuffix(" is above --max-perplexity 1.5\n"))
    let kept = folder.onModel("eval", folder.text, "--max-perplexity", "29")
    #expect(kept.code == .done)
    #expect(kept.messages.isEmpty)
  }

  @Test func unknownCharactersAreAnErrorOrSkippedAndCounted() throws {
    let folder = try Workspace()
    let refused = folder.onModel("eval", "--string", "The fox!")
    #expect(refused.code == .badData)
    #expect(refused.output.isEmpty)
    let skipped = folder.onModel("eval", "--string", "T!fox", "--unknown", "skip")
    #expect(skipped.output.hasSuffix("(2 characters, 2 unknown skipped)\n"))
    let object = try result(
      folder.onModel("eval", "--string", "T!fox", "--unknown", "skip", "--json"))
    #expect(object["unknown"] as? Int == 2)
    #expect(object["characters"] as? Int == 2)
  }

  @Test(arguments: [
    (
      ["--string", "x"], "the text has 1 character that the model knows; 1 stream needs at least 2"
    ),
    (
      ["--string", "fox", "--streams", "3"],
      "the text has 3 characters that the model knows; 3 streams need at least 4"
    ),
    (
      ["--string", "!", "--unknown", "skip"],
      "the text has 0 characters that the model knows; 1 stream needs at least 2"
    ),
  ])
  func aTextTooShortToPredictIsRefusedWithTheNumbers(_ words: [String], _ message: String) throws {
    let folder = try Workspace()
    let outcome = charnn(["eval", "--model", folder.model] + words)
    #expect(outcome.code == .badData)
    #expect(outcome.messages == "charnn: \(message)\n")
  }

  @Test func aTextIsTreatedAsInTrainingUnlessToldOtherwise() throws {
    let folder = try Workspace(hasModel: false)
    _ = folder.train("--text", "flat")
    let object = try result(folder.onModel("eval", "--string", "the\nfox", "--json"))
    #expect(object["characters"] as? Int == 6)
    let refused = folder.onModel("eval", "--string", "the\nfox", "--text", "raw")
    #expect(refused.messages.contains("does not know '\\n' (U+000A)"))
  }

  // MARK: Dynamic evaluation

  @Test func aModelThatLearnsWhatItReadsPredictsItBetter() throws {
    let folder = try Workspace()
    func loss(_ words: String...) throws -> Double {
      let object = try result(
        charnn(["eval", "--model", folder.model, folder.text, "--json"] + words))
      return try #require(object["loss"] as? Double)
    }
    let (still, learning) = (try loss(), try loss("--adapt", "0.5"))
    #expect(learning < still - 0.05)
    let inStreams = (try loss("--streams", "4"), try loss("--streams", "4", "--adapt", "0.5"))
    #expect(inStreams.1 < inStreams.0)
    #expect(try loss("--adapt", "0.5", "--threads", "1") == learning)
    #expect(try folder.data("model.safetensors") == Tiny.checkpoint)
  }

  @Test func theCharactersOfALearningModelHaveTheirSurprisals() throws {
    let folder = try Workspace()
    func lines(_ words: String...) -> [Substring] {
      charnn(["eval", "--model", folder.model, folder.text, "--chars"] + words).output
        .split(separator: "\n")
    }
    let (still, learning) = (lines(), lines("--adapt", "0.5"))
    #expect(learning.count == 659)
    // The model was trained with 10 steps.
    #expect(learning.prefix(10) == still.prefix(10))
    #expect(learning.dropFirst(10) != still.dropFirst(10))
  }

  @Test func aClozeDoesNotLearnWhatItReads() throws {
    let folder = try Workspace(hasModel: false)
    _ = folder.train("--objective", "cloze")
    let outcome = folder.onModel("eval", "--string", "the fox", "--adapt", "0.1")
    #expect(outcome.code == .badData)
    #expect(outcome.messages.contains("--adapt is for models that predict the next character"))
  }

  @Test func aClozeIsMeasuredByItsPseudoPerplexityUnderThatName() throws {
    let folder = try Workspace(hasModel: false)
    _ = folder.train("--objective", "cloze")
    let object = try result(folder.onModel("eval", "--string", "the fox", "--json"))
    #expect(
      Set(object.keys) == [
        "loss", "pseudo_perplexity", "bits_per_character", "characters", "unknown", "seconds",
      ])
    #expect(object["characters"] as? Int == 7)
    let outcome = folder.onModel("eval", "--string", "the fox", "--max-perplexity", "1.0001")
    #expect(outcome.code == .thresholdMissed)
    #expect(outcome.output.contains(" nats per character, pseudo-perplexity "))
    #expect(outcome.messages.hasPrefix("pseudo-perplexity "))
    let characters = folder.onModel("eval", "--string", "the fox", "--chars").output
    #expect(characters.hasPrefix("t\t"))
  }

  @Test func withoutATextThatOfTheTrainingIsTakenIfItIsBuiltIn() throws {
    let folder = try Workspace()
    let refused = folder.onModel("eval")
    #expect(refused.code == .usage)
    #expect(
      refused.messages.contains(
        "a CORPUS is needed: the text named in \(folder.model), /"))
    #expect(refused.messages.contains("/text.txt, is not built in"))
    _ = charnn(["train", "@lyrics_zh", "--out", folder.model] + Tiny.options)
    let object = try result(folder.onModel("eval", "--json"))
    #expect(object["characters"] as? Int == 599)
  }
}
