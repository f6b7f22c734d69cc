import Foundation
import Testing

@testable import CharnnCommands
@testable import RecurrentLM

@Suite struct TrainingReporterTests {
  private let record = EpochRecord(epoch: 3, loss: 2.5, learningRate: 0.002, gradientNorm: 0.5)

  /// A trainer that has done one epoch.
  private func trainer() throws -> Trainer {
    var (architecture, options) = (Architecture(), TrainingOptions())
    (architecture.layers, architecture.hidden) = (1, 2)
    (options.batch, options.steps) = (2, 3)
    let model = try LanguageModel(architecture, vocabularySize: 3)
    let text = try Tokens((0..<40).map { Int32($0 % 3) })
    let trainer = try Trainer(
      model, text: text, options: options, threads: 1, generator: RandomGenerator(seed: 1))
    _ = try trainer.finishEpoch()
    return trainer
  }

  // MARK: For machines

  private func json(_ report: (JSONReporter) throws -> Void) throws -> String {
    let transcript = Transcript()
    let console = transcript.console()
    try report(JSONReporter { try console.line($0) })
    #expect(transcript.messages.isEmpty)
    return transcript.output
  }

  @Test func anEpochIsOneObject() throws {
    let line = try json { try $0.epoch(record, seconds: 1.25, charactersPerSecond: 80_123.4) }
    #expect(
      line == """
        {"event":"epoch","epoch":3,"loss":2.5,"perplexity":12.182493960703473,\
        "chars_per_second":80123,"learning_rate":0.002,"gradient_norm":0.5,"seconds":1.25}

        """)
  }

  @Test func aSampleIsOneObject() throws {
    let line = try json { try $0.sample(10, prompt: "a\n", text: "a\n\"漢\"") }
    #expect(line == #"{"event":"sample","epoch":10,"prompt":"a\n","text":"a\n\"漢\""}"# + "\n")
  }

  @Test func anInterruptionIsOneObject() throws {
    let line = try json { try $0.interrupted(4, checkpoint: "a/b.safetensors") }
    #expect(line == #"{"event":"interrupted","epochs":4,"checkpoint":"a/b.safetensors"}"# + "\n")
  }

  @Test func theEndIsOneObject() throws {
    let trainer = try trainer()
    let last = try #require(trainer.progress.history.last)
    let line = try json {
      try $0.done(trainer, checkpoint: "m", parameters: 1234, charactersPerSecond: 99.6)
    }
    #expect(
      line == """
        {"event":"done","epochs":1,"loss":\(last.loss),"perplexity":\(last.perplexity),\
        "chars_per_second":100,"checkpoint":"m","parameters":1234,\
        "kernels":"\(InstructionSet.current.name)"}

        """)
  }

  @Test func onlyWhatTheContractNamesIsPrinted() throws {
    let lines = try json {
      try $0.begin("a summary", JSONLine())
      try $0.progress(report(epoch: 1))
    }
    #expect(lines == "{}\n")
  }

  @Test func aValidationWithinAnEpochIsAnEvent() throws {
    let validation = ValidationRecord(updates: 10, epoch: 1.25, loss: 1.5)
    let line = try json { try $0.progress(report(epoch: 2, validation)) }
    #expect(line == #"{"event":"validation","epoch":1.25,"validation_loss":1.5}"# + "\n")
    let transcript = try text { try $0.progress(report(epoch: 2, validation)) }
    #expect(transcript.output == "epoch 1.25/4: held out 4.482\n")
  }

  /// Half of an epoch of four, with a loss of 0.
  private func report(epoch: Int, _ validation: ValidationRecord? = nil) -> MinibatchReport {
    MinibatchReport(
      epoch: epoch, done: 2, count: 4, loss: 0, fractionDone: (Double(epoch) - 0.5) / 4,
      validation: validation)
  }

  // MARK: For people

  private func text(
    isQuiet: Bool = false, canAnimate: Bool = false, _ report: (TextReporter) throws -> Void
  ) throws -> Transcript {
    let transcript = Transcript()
    let console = transcript.console(ConsoleAbilities(animates: canAnimate))
    try report(TextReporter(console, epochs: 4, measure: "perplexity", isQuiet: isQuiet))
    return transcript
  }

  private func reportAll(_ reporter: TextReporter) throws {
    try reporter.begin("a summary", JSONLine())
    try reporter.epoch(record, seconds: 1.25, charactersPerSecond: 80_123.4)
    try reporter.sample(3, prompt: "a", text: "a\n\nb")
  }

  @Test func eachReportIsALine() throws {
    let transcript = try text(reportAll)
    #expect(
      transcript.output == """
        a summary
        epoch 3/4: perplexity 12.18, 80,123 characters per second
        — epoch 3 —
            a
        \("    ")
            b

        """)
    #expect(transcript.messages.isEmpty)
  }

  @Test func theEndSaysPerplexitySpeedAndCheckpoint() throws {
    let trainer = try trainer()
    let last = try #require(trainer.progress.history.last)
    let transcript = try text {
      try $0.done(trainer, checkpoint: "m", parameters: 1, charactersPerSecond: 1234.5)
    }
    #expect(
      transcript.output
        == "perplexity \(perplexityText(last.perplexity)), 1,235 characters per second; "
        + "checkpoint m\n")
  }

  @Test func quietPrintsNothingOfThat() throws {
    let trainer = try trainer()
    let transcript = try text(isQuiet: true, canAnimate: true) {
      try reportAll($0)
      Thread.sleep(forTimeInterval: 0.11)
      try $0.progress(report(epoch: 2))
      try $0.done(trainer, checkpoint: "m", parameters: 1, charactersPerSecond: 1)
    }
    #expect(transcript.output.isEmpty)
    #expect(transcript.messages.isEmpty)
  }

  @Test(arguments: [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs")])
  func anInterruptionIsAMessage(_ epochs: Int, _ counted: String) throws {
    let transcript = try text { try $0.interrupted(epochs, checkpoint: "m") }
    #expect(transcript.output.isEmpty)
    #expect(
      transcript.messages
        == "stopped after \(counted); m is written, and --resume goes on from it\n")
  }

  @Test func onATerminalALineShowsHowFarItIs() throws {
    let transcript = try text(canAnimate: true) {
      try $0.progress(report(epoch: 2))
      Thread.sleep(forTimeInterval: 0.11)
      try $0.progress(report(epoch: 2))
    }
    #expect(
      transcript.messages.hasPrefix("\r\u{1b}[Kepoch 2/4  perplexity 1.000"))
    #expect(transcript.output.isEmpty)
  }
}
