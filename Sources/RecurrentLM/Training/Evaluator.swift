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

/// Scores texts under a model, in memory that does not grow with the text; for a cloze by the state
/// of its backward stack, once a window.
public final class Evaluator {
  private let model: LanguageModel
  private let pool: WorkerPool
  private let window: Int
  /// From a character that is read to the one that is predicted from it.
  private let offset: Int

  /// - Parameter steps: characters of one stream that are computed at a time. It changes the result
  ///   only for bidirectional models that predict the next character: they see that far ahead.
  public convenience init(_ model: LanguageModel, threads: Int, steps: Int) {
    // Long enough that the states kept of a text take little memory.
    self.init(model, threads: threads, steps: steps, clozeWindow: max(steps, 512))
  }

  init(_ model: LanguageModel, threads: Int, steps: Int, clozeWindow: Int) {
    self.model = model
    switch model.architecture.objective {
    case .next: (window, offset) = (steps, 1)
    case .cloze: (window, offset) = (clozeWindow, 0)
    }
    pool = WorkerPool(count: threads)
  }

  /// Cuts the text into `streams` equally long ones, from a zero state each, and predicts all but
  /// their first characters. A cloze predicts all of them, each from all others of its stream:
  /// the pseudo-log-likelihood (Besag 1975, doi:10.2307/2987782).
  ///
  /// - Parameter onCharacter: with one stream, is handed the position in the text and the surprisal
  ///   in nats of each predicted character.
  /// - Throws: `TextTooShort` where a stream has no character to predict; `InsufficientMemory`.
  public func evaluate(
    _ text: Tokens, streams: Int = 1, onCharacter: ((Int, Double) throws -> Void)? = nil
  ) throws -> Evaluation {
    precondition(model.knows(text), "a text of another vocabulary")
    let length = (text.count - offset) / streams
    guard length > 0 else { throw TextTooShort(characters: text.count, batch: streams, steps: 1) }
    let windows = Windows(length: length, size: window)
    let rightContexts = try rightContexts(of: windows, in: text, streams: streams)
    var evaluation = Evaluation()
    var forward: ForwardPass?
    for (index, window) in windows.enumerated() {
      let previous = forward
      let pass = try forwardPass(for: window, streams: streams, after: previous)
      if let previous { pass.carryState(from: previous) }
      if !rightContexts.isEmpty {
        pass.store(
          rightContexts[index], in: pass.backwardStateMatrices { $0.initialState($1) })
      }
      score(text, window, pass)
      evaluation.totalLoss += pass.totalLoss()
      evaluation.characters += streams * window.count
      if let onCharacter, streams == 1 {
        for step in 0..<window.count {
          try onCharacter(window.start + step + offset, Double(pass.loss(row: step)))
        }
      }
      forward = pass
    }
    return evaluation
  }

  /// For each window the backward stack's state at its end, for a cloze; found by going through the
  /// windows from the last to the first.
  private func rightContexts(
    of windows: Windows, in text: Tokens, streams: Int
  ) throws -> [[[Float]]] {
    guard model.architecture.objective == .cloze else { return [] }
    var contexts: [[[Float]]] = []
    var forward: ForwardPass?
    for window in windows.reversed() {
      let previous = forward
      let pass = try forwardPass(for: window, streams: streams, after: previous)
      let ends = pass.backwardStateMatrices { $0.initialState($1) }
      if let previous {
        pass.store(
          previous.values(of: previous.backwardStateMatrices { $0.finalState($1) }), in: ends)
      }
      contexts.append(pass.values(of: ends))
      score(text, window, pass)
      forward = pass
    }
    return contexts.reversed()
  }

  /// `previous` if it has the size for `window`, else a new one.
  private func forwardPass(
    for window: Window, streams: Int, after previous: ForwardPass?
  ) throws(InsufficientMemory) -> ForwardPass {
    if let previous, previous.steps == window.count { return previous }
    return try ForwardPass(model, batch: streams, steps: window.count)
  }

  private func score(_ text: Tokens, _ window: Window, _ forward: ForwardPass) {
    let positions = (0..<forward.steps).flatMap { step in
      (0..<forward.batch).map { $0 * window.streamLength + window.start + step }
    }
    forward.inputs.store(positions.map { text[$0] })
    forward.targets.store(positions.map { text[$0 + offset] })
    pool.run { worker in
      forward.run(worker)
      forward.crossEntropy(worker)
    }
  }
}

/// The characters of each stream that are computed together.
private struct Window {
  let start: Int
  let count: Int
  let streamLength: Int
}

/// The windows of streams, made when they are asked for: a long text has many.
private struct Windows: RandomAccessCollection {
  /// Of each stream, in characters.
  let length: Int
  let size: Int

  var startIndex: Int { 0 }
  var endIndex: Int { (length - 1) / size + 1 }

  subscript(position: Int) -> Window {
    let start = position * size
    return Window(start: start, count: Swift.min(size, length - start), streamLength: length)
  }
}
