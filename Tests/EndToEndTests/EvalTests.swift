import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct EvalTests {
  @Test(arguments: ["--string \"$(cat text.txt)\"", "- < text.txt", "text.txt"])
  func aTextIsAStringAFileOrStandardInput(_ operands: String) throws {
    let shell = try Shell.withModel()
    // The shell drops the line end that closes a string.
    try shell.run("printf %s \"$(cat text.txt)\" > t && mv t text.txt")
    let result = try shell.run("charnn eval --json \(operands)")
    #expect(result.messages.isEmpty)
    #expect(try result.number("characters") == 658)
    #expect(try result.number("unknown") == 0)
    let loss = try result.number("loss")
    #expect(try abs(result.number("perplexity") - exp(loss)) < 1e-9)
    #expect(try abs(result.number("bits_per_character") - loss / log(2)) < 1e-9)
    #expect(try shell.run("charnn eval --json text.txt").number("loss") == loss)
  }

  /// Such as those of `charnn eval <(zcat book.gz)`.
  @Test func aTextAndAModelMayComeThroughPipes() throws {
    let shell = try Shell.withModel()
    let loss = try shell.run(
      """
      mkfifo text model; cat text.txt > text & cat charnn.safetensors > model &
      charnn eval --json --model model text
      """
    ).number("loss")
    #expect(try shell.run("charnn eval --json text.txt").number("loss") == loss)
  }

  @Test func aBuiltInTextIsEvaluatedUnasked() throws {
    let shell = try Shell()
    try shell.run("charnn train $TINY --quiet @lyrics_zh")
    #expect(try shell.run("charnn eval --json").number("characters") == 599)
    #expect(
      try shell.run("charnn eval --json @time_traveller --unknown skip").number("unknown") > 30_000)
  }

  /// The model of a training in bfloat16 is measured in it, unless another precision is given.
  @Test func theModelComputesInThePrecisionOfItsTraining() throws {
    let shell = try Shell()
    try shell.run("charnn train $TINY --quiet --precision bfloat16 @time_traveller")
    func loss(_ options: String) throws -> Double {
      try shell.run("charnn eval --json --unknown skip --string 'the fox' \(options)").number(
        "loss")
    }
    let own = try loss("")
    #expect(try loss("--precision bfloat16") == own)
    let exact = try loss("--precision float")
    #expect(exact != own)
    #expect(abs(exact - own) < 0.01)
    let adapted = try loss("--adapt 1e-9")
    #expect(adapted == exact)
    #expect(try shell.run("charnn inspect").output.contains("bfloat16"))
    let text = try shell.run("charnn predict the --precision bfloat16 --count 2").output
    #expect(text.hasPrefix("the"))
  }

  @Test func aThresholdThatIsMissedIsTheExitCode() throws {
    let shell = try Shell.withModel()
    let missed = try shell.run("charnn eval text.txt --max-perplexity 1.5", expecting: 1)
    #expect(missed.output.hasPrefix("loss "))
    #expect(missed.messages.hasSuffix("is above --max-perplexity 1.5\n"))
    #expect(try shell.run("charnn eval text.txt --max-perplexity 1e6").messages.isEmpty)
  }

  @Test func unknownCharactersAreCounted() throws {
    let result = try Shell.withModel().run(
      "charnn eval --json --unknown skip --string 'The Fox, the dog'")
    #expect(try result.number("unknown") == 3)
    #expect(try result.number("characters") == 12)
  }

  @Test func eachCharacterHasItsSurprisal() throws {
    let outcome = try Shell.withModel().run("charnn eval --chars --string fox")
    #expect(outcome.output.wholeMatch(of: #/o\t\d+\.\d{3}\nx\t\d+\.\d{3}\n/#) != nil)
    #expect(outcome.messages.hasPrefix("loss "))
  }
}
