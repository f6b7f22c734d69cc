/// How well a model predicts a text.
public struct Evaluation: Equatable, Sendable {
  /// Sum over the predicted characters, in nats.
  public var totalLoss = 0.0
  /// How many characters were predicted.
  public var characters = 0

  /// Nats per character.
  public var loss: Double { totalLoss / Double(characters) }
  public var perplexity: Double { RecurrentLM.perplexity(ofLoss: loss) }
  /// log2 of the perplexity.
  public var bitsPerCharacter: Double { bits(ofNats: loss) }
}

/// An amount of information in bits, from nats.
public func bits(ofNats nats: Double) -> Double { nats / 0.693_147_180_559_945_3 }

/// Scores texts under a model, in memory that does not grow with the text.
public final class Evaluator {
  private let model: LanguageModel
  private let pool: WorkerPool
  private let steps: Int

  /// - Parameter steps: characters of one stream that are computed at a time. It changes the result
  ///   only for bidirectional models, which see that far ahead.
  public init(_ model: LanguageModel, threads: Int, steps: Int) {
    self.model = model
    self.steps = steps
    pool = WorkerPool(count: threads)
  }

  /// Cuts the text into `streams` equally long ones, from a zero state each, and predicts all but
  /// their first characters.
  ///
  /// - Parameter onCharacter: with one stream, is handed the position in the text and the surprisal
  ///   in nats of each predicted character.
  /// - Throws: `TextTooShort` where a stream has no character to predict; `InsufficientMemory`.
  public func evaluate(
    _ text: [Int32], streams: Int = 1, onCharacter: ((Int, Double) throws -> Void)? = nil
  ) throws -> Evaluation {
    precondition(model.knows(text), "a text of another vocabulary")
    let length = (text.count - 1) / streams
    guard length > 0 else { throw TextTooShort(characters: text.count, batch: streams, steps: 1) }
    var evaluation = Evaluation()
    var forward: ForwardPass?
    for first in stride(from: 0, to: length, by: steps) {
      let window = min(steps, length - first)
      let previous = forward
      if previous?.steps != window {
        forward = try ForwardPass(model, batch: streams, steps: window)
      }
      guard let forward else { continue }
      if let previous { forward.carryState(from: previous) }
      score(
        text, forward, streamLength: length, first: first,
        weightsAreLoaded: previous?.steps == window)
      evaluation.totalLoss += forward.totalLoss()
      evaluation.characters += streams * window
      if let onCharacter, streams == 1 {
        for step in 0..<window {
          try onCharacter(first + step + 1, Double(forward.loss(row: step)))
        }
      }
    }
    return evaluation
  }

  private func score(
    _ text: [Int32], _ forward: ForwardPass, streamLength: Int, first: Int, weightsAreLoaded: Bool
  ) {
    let positions = (0..<forward.steps).flatMap { step in
      (0..<forward.batch).map { $0 * streamLength + first + step }
    }
    forward.inputs.store(positions.map { text[$0] })
    forward.targets.store(positions.map { text[$0 + 1] })
    pool.run { worker in
      forward.run(worker, weightsAreLoaded: weightsAreLoaded)
      forward.crossEntropy(worker)
    }
  }
}
