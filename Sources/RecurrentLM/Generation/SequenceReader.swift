/// One of the two stacks of a cloze, by its direction.
enum Stack: Int {
  case forward
  case backward
}

/// Reads sequences of one length, several of them side by side, from states that can be set.
final class SequenceReader {
  let network: Network
  private let pool: WorkerPool

  init(_ network: Network, on pool: WorkerPool) {
    self.network = network
    self.pool = pool
    pool.run { [network] worker in network.takeParameters(worker) }
  }

  /// How many sequences are read at a time, and their length in tokens.
  var count: Int { network.batch }
  var length: Int { network.steps }

  /// - Parameter sequences: at most `count`. The last one takes the place of those that are missing.
  func read(_ sequences: [[Int32]]) {
    run(sequences, measures: false)
  }

  /// The scores of any number of sequences from the states that are set, the same for all.
  func scores(of sequences: [[Int32]]) -> [Double] {
    stride(from: 0, to: sequences.count, by: count).flatMap { start in
      let group = sequences[start..<min(start + count, sequences.count)]
      run(Array(group), measures: true)
      return (0..<group.count).map { score(of: $0, in: 0..<length) }
    }
  }

  /// The score of a part of a sequence; after `scores`.
  func score(of sequence: Int = 0, in part: Range<Int>) -> Double {
    part.reduce(0) { $0 - Double(network.loss(row: $1 * count + sequence)) }
  }

  private func run(_ sequences: [[Int32]], measures: Bool) {
    let tokens = (0..<length).flatMap { step in
      (0..<count).map { sequences[min($0, sequences.count - 1)][step] }
    }
    network.tokens.store(tokens)
    network.targets.store(tokens)
    pool.run { [network] worker in
      network.forward(worker)
      if measures { network.crossEntropy(worker) }
    }
  }

  /// By token, what was expected at `step` of a sequence, in nats; after `read`.
  func logProbabilities(at step: Int, of sequence: Int = 0) -> [Double] {
    RecurrentLM.logProbabilities(ofLogits: network.logits(ofRow: step * count + sequence))
  }

  // MARK: States

  /// What the two stacks know before they read a part of a sequence, from its left and from its right.
  struct Context {
    let left: [Float]
    let right: [Float]
  }

  /// What surrounds a part of the first sequence that was read.
  func context(of part: Range<Int>) -> Context {
    Context(
      left: state(of: .forward) { $0.before(part.lowerBound) },
      right: state(of: .backward) { $0.before(part.upperBound - 1) })
  }

  /// Starts all sequences in one context.
  func start(in context: Context) {
    for sequence in 0..<count {
      start(.forward, sequence: sequence, from: context.left)
      start(.backward, sequence: sequence, from: context.right)
    }
  }

  /// The state of a stack that `place` picks, without padding: H, and C where the cell has it, by layer.
  func state(of stack: Stack, sequence: Int = 0, at place: (States) -> Matrix) -> [Float] {
    network.states(ofDirection: stack.rawValue).map(place).flatMap { matrix in
      (0..<network.model.architecture.hidden).map { matrix[sequence, $0] }
    }
  }

  /// Starts a sequence from what `state` gives.
  func start(_ stack: Stack, sequence: Int = 0, from state: [Float]) {
    let hidden = network.model.architecture.hidden
    for (index, states) in network.states(ofDirection: stack.rawValue).enumerated() {
      let matrix = states.initial
      for unit in 0..<hidden { matrix[sequence, unit] = state[index * hidden + unit] }
    }
  }
}

/// log softmax: of each token log p, in nats.
func logProbabilities(ofLogits logits: [Float]) -> [Double] {
  let logits = logits.map { Double($0) }
  let largest = logits.max() ?? 0
  let total = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
  return logits.map { $0 - total }
}
