/// Scores texts under a model, in memory that does not grow with the text, except that a cloze keeps
/// one state of its backward stack for each window.
public final class Evaluator {
  private let model: LanguageModel
  private let pool: WorkerPool
  private let window: Int
  /// From a character that is read to the one that is predicted from it.
  private let offset: Int

  /// - Parameter steps: characters of one stream that are computed at a time. It changes the result
  ///   only for bidirectional models that predict the next character: they see that far ahead.
  public convenience init(_ model: LanguageModel, threads: Int, steps: Int) {
    self.init(model, on: WorkerPool(count: threads), steps: steps)
  }

  convenience init(_ model: LanguageModel, on pool: WorkerPool, steps: Int) {
    self.init(
      model, on: pool, steps: steps, clozeWindow: Evaluator.clozeWindow(steps: steps))
  }

  convenience init(_ model: LanguageModel, threads: Int, steps: Int, clozeWindow: Int) {
    self.init(model, on: WorkerPool(count: threads), steps: steps, clozeWindow: clozeWindow)
  }

  init(_ model: LanguageModel, on pool: WorkerPool, steps: Int, clozeWindow: Int) {
    self.model = model
    let objective = model.architecture.objective
    window = objective.seesTarget ? clozeWindow : steps
    offset = objective.targetOffset
    self.pool = pool
  }

  /// What an evaluation holds at most: the network of the last window begins where the one before it ends.
  static func networks(
    _ model: LanguageModel, streams: Int, steps: Int
  ) throws(InsufficientMemory) -> [Network] {
    let window = model.architecture.objective.seesTarget ? clozeWindow(steps: steps) : steps
    return [
      try Network(model, batch: streams, steps: window),
      try Network(model, batch: streams, steps: window),
    ]
  }

  /// Long enough that the states kept of a text take little memory.
  private static func clozeWindow(steps: Int) -> Int { max(steps, 512) }

  /// Cuts the text into `streams` equally long ones, from a zero state each, and predicts all but
  /// their first characters. A cloze predicts all of them, each from all others of its stream:
  /// the pseudo-log-likelihood (Besag 1975, doi:10.2307/2987782).
  ///
  /// With `adaptationRate` the model learns what it reads (dynamic evaluation, Krause et al. 2018,
  /// arXiv:1709.07432): once a window has been scored, its parameters take a step of gradient descent
  /// on the window's loss, with the gradient's norm clipped to 1. All windows after it are scored with
  /// what the model has become. The streams of a window are one minibatch.
  ///
  /// - Parameters:
  ///   - adaptationRate: learning rate, above 0, of a model that predicts the next character, whose
  ///     precision becomes Float; nil: the model stays as it is.
  ///   - onCharacter: with one stream, is handed each predicted character.
  ///   - onProgress: is handed the fraction of the work that is done, from time to time.
  /// - Throws: `TextTooShort` where a stream has no character to predict; `InsufficientMemory`;
  ///   `AdaptationDiverged`; what the two closures throw.
  public func evaluate(
    _ text: Tokens, streams: Int = 1, adaptationRate: Double? = nil,
    onCharacter: ((ScoredCharacter) throws -> Void)? = nil,
    onProgress: ((Double) throws -> Void)? = nil
  ) throws -> Evaluation {
    precondition(model.knows(text), "a text of another vocabulary")
    let length = (text.count - offset) / streams
    guard length > 0 else { throw TextTooShort(characters: text.count, batch: streams, steps: 1) }
    let windows = Windows(length: length, size: window)
    let adaptation = try adaptationRate.map { rate in
      (rate: rate, step: try adaptingStep(streams: streams, steps: windows[0].count))
    }
    let work = Double(windows.count * (model.architecture.objective.seesTarget ? 2 : 1))
    var windowsDone = 0
    func advance() throws {
      windowsDone += 1
      try onProgress?(Double(windowsDone) / work)
    }
    let rightContexts = try rightContexts(
      of: windows, in: text, streams: streams, onWindow: advance)
    var evaluation = Evaluation()
    var last: Network?
    for (index, window) in windows.enumerated() {
      let network = try network(
        for: window, streams: streams, after: last ?? adaptation?.step.network)
      if let last { network.carryState(from: last) }
      if !rightContexts.isEmpty {
        network.store(rightContexts[index], in: network.backwardStates.map(\.initial))
      }
      load(text, window, into: network)
      if let adaptation, adaptation.step.network === network {
        _ = adaptation.step.run(rate: adaptation.rate, number: index + 1, on: pool)
      } else {
        // A last window that is shorter: no other will be scored with what it teaches.
        score(network)
      }
      if let adaptation, !network.totalLoss().isFinite {
        throw AdaptationDiverged(rate: adaptation.rate)
      }
      evaluation.totalLoss += network.totalLoss()
      evaluation.characters += streams * window.count
      if let onCharacter, streams == 1 {
        for step in 0..<window.count {
          try onCharacter(
            ScoredCharacter(position: window.start + step + offset, network, row: step))
        }
      }
      try advance()
      last = network
    }
    return evaluation
  }

  /// Scores a window and learns from it.
  private func adaptingStep(streams: Int, steps: Int) throws(InsufficientMemory) -> TrainingStep {
    precondition(!model.architecture.objective.seesTarget, "a cloze has no characters to come")
    var options = TrainingOptions()
    options.batch = streams
    options.steps = steps
    // For an LSTM 1 x 128, trained on 400,000 characters of a novel, its loss on the next 100,000 falls
    // from 1.622 to 1.578 nats (rate 0.05); with Adam to 1.569 (0.0003). So the simpler rule will do.
    options.precision = .float
    options.optimizer = .sgd
    options.clip = 1
    return try TrainingStep(model, options)
  }

  /// For each window the backward stack's state at its end, for a cloze; found by going through the
  /// windows from the last to the first.
  private func rightContexts(
    of windows: Windows, in text: Tokens, streams: Int, onWindow: () throws -> Void
  ) throws -> [[[Float]]] {
    guard model.architecture.objective.seesTarget else { return [] }
    var contexts: [[[Float]]] = []
    var last: Network?
    for window in windows.reversed() {
      let network = try network(for: window, streams: streams, after: last)
      let ends = network.backwardStates.map(\.initial)
      if let last {
        network.store(last.values(of: last.backwardStates.map(\.final)), in: ends)
      }
      contexts.append(network.values(of: ends))
      load(text, window, into: network)
      score(network)
      try onWindow()
      last = network
    }
    return contexts.reversed()
  }

  /// `previous` if it has the size for `window`, else a new one.
  private func network(
    for window: Window, streams: Int, after previous: Network?
  ) throws(InsufficientMemory) -> Network {
    if let previous, previous.steps == window.count { return previous }
    let network = try Network(model, batch: streams, steps: window.count)
    pool.run { [network] worker in network.takeParameters(worker) }
    return network
  }

  private func load(_ text: Tokens, _ window: Window, into network: Network) {
    let positions = (0..<network.steps).flatMap { step in
      (0..<network.batch).map { $0 * window.streamLength + window.start + step }
    }
    network.tokens.store(positions.map { text[$0] })
    network.targets.store(positions.map { text[$0 + offset] })
  }

  private func score(_ network: Network) {
    pool.run { worker in
      network.forward(worker)
      network.crossEntropy(worker)
    }
  }
}

/// The characters of each stream that are computed together.
private struct Window {
  let start: Int
  let count: Int
  let streamLength: Int
}

/// The windows of streams, computed on demand: a long text has many.
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
