import Foundation
import Testing

@testable import CharnnCommands
@testable import RecurrentLM

@Suite struct TrainingNotesTests {
  /// The notes after epochs with these losses in training and held out.
  private func notes(
    _ losses: [(trained: Double, heldOut: Double)],
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> [String] {
    var options = TrainingOptions()
    change(&options)
    var progress = TrainingProgress(generator: RandomGenerator(seed: 1))
    for (index, (trained, heldOut)) in losses.enumerated() {
      progress.history.append(
        EpochRecord(
          epoch: index + 1, loss: trained, validationLoss: heldOut, learningRate: 0.1,
          gradientNorm: 1))
      let record = ValidationRecord(updates: index, epoch: Double(index + 1), loss: heldOut)
      progress.lastValidation = record
      if heldOut < progress.bestValidation?.loss ?? .infinity { progress.bestValidation = record }
    }
    return trainingNotes(progress, options)
  }

  /// Of twenty epochs, the same in training and held out.
  private func losses(fallingBy step: Double) -> [(trained: Double, heldOut: Double)] {
    (0..<20).map { epoch in
      let loss = 2 - step * Double(epoch)
      return (loss, loss)
    }
  }

  @Test func aBestModelOfLongAgoIsNoted() throws {
    let losses = [(2.0, 2.0), (1.6, 1.7), (1.3, 1.65), (1.0, 1.8), (0.8, 1.95), (0.6, 2.1)]
    #expect(
      try notes(losses) == [
        "the held-out perplexity was lowest after epoch 3, 5.207, and is 8.166 now; the "
          + "checkpoint keeps that model. Since then the model has learned the text by heart; "
          + "--dropout or fewer --epochs help"
      ])
    #expect(
      try notes(losses) {
        $0.keep = .last
        $0.dropout = 0.25
      } == [
        "the held-out perplexity was lowest after epoch 3, 5.207, and is 8.166 now; --keep "
          + "best would have kept that model. Since then the model has learned the text by heart; "
          + "more --dropout than 0.25 or fewer --epochs help"
      ])
  }

  @Test func aModelThatLearnsByHeartIsNoted() throws {
    #expect(
      try notes([(2, 2), (1.2, 1.6)]) == [
        "perplexity 3.320 in training, 4.953 on the held-out text: the model learns the text "
          + "by heart; --dropout, a smaller --hidden or more text help"
      ])
  }

  @Test func aLossThatStillFallsIsNoted() throws {
    let falling = losses(fallingBy: 0.02)
    #expect(
      try notes(falling) == [
        "the held-out perplexity was still falling at the end: more --epochs or a larger "
          + "--hidden help"
      ])
    #expect(try notes(falling) { $0.maxMinutes = 3 }.first?.contains("more --max-minutes") == true)
  }

  @Test func whatGoesWellIsNotNoted() throws {
    let settled = losses(fallingBy: 0.001)
    #expect(try notes(settled).isEmpty)
    #expect(try notes([]).isEmpty)
  }
}
