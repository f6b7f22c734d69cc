import Foundation
import Testing

@testable import RecurrentLM

@Suite struct TrainingOptionsTests {
  @Test func theLearningRateIsTheOptimisersUnlessGiven() {
    var options = TrainingOptions()
    #expect(options.effectiveLearningRate == 0.002)
    options.optimizer = .sgd
    #expect(options.effectiveLearningRate == 1)
    options.learningRate = 0.5
    #expect(options.effectiveLearningRate == 0.5)
  }

  @Test func aConfigurationIsOneFlatObjectUnderTheNamesOfTheOptions() throws {
    var configuration = Configuration()
    configuration.training.initializationScale = 0.1
    configuration.training.maxCharacters = 10_000
    configuration.training.learningRate = 1
    let json = try JSONEncoder.stable.encode(configuration)
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    #expect(
      object.keys.sorted() == [
        "activation", "batch", "bidirectional", "cell", "clip", "dropout", "embedding", "epochs",
        "forget-bias", "gru-reset", "hidden", "init", "init-scale", "keep", "layers", "lr",
        "max-chars", "objective", "offset", "optimizer", "precision", "recurrent-dropout",
        "residual", "sampling", "schedule", "seed", "steps", "text", "validation", "warmup",
      ])
    #expect(try JSONDecoder().decode(Configuration.self, from: json) == configuration)
  }

  /// The first checkpoints had no `residual` and no `objective`.
  @Test func aConfigurationFromBeforeThereWasAChoiceIsPlain() throws {
    var configuration = Configuration()
    configuration.architecture.layers = 6
    let json = String(decoding: try JSONEncoder.stable.encode(configuration), as: UTF8.self)
    let old = json.replacing(#","residual":false"#, with: "")
      .replacing(#""objective":"next","#, with: "")
    #expect(!old.contains("residual") && !old.contains("objective"))
    #expect(try JSONDecoder().decode(Configuration.self, from: Data(old.utf8)) == configuration)
  }

  @Test func theFirstOptionOutOfRangeIsNamed() {
    var configuration = Configuration()
    #expect(configuration.invalidOption == nil)
    configuration.training.clip = -1
    #expect(configuration.invalidOption == "clip")
    configuration.training.learningRate = 0
    #expect(configuration.invalidOption == "lr")
    configuration.training.epochs = 0
    #expect(configuration.invalidOption == "epochs")
    configuration.training.steps = 16_385
    #expect(configuration.invalidOption == "steps")
    configuration.training.batch = 0
    #expect(configuration.invalidOption == "batch")
    configuration.training.maxCharacters = -1
    #expect(configuration.invalidOption == "max-chars")
    configuration.architecture.layers = 0
    #expect(configuration.invalidOption == "layers")
  }
}
