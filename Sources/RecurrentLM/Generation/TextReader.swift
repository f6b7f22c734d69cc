#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One of the two halves of a cloze.
enum Stack: Int {
  case forward
  case backward
}

/// Reads texts of one length, several of them side by side, from states that can be set.
final class TextReader {
  private let forward: ForwardPass
  private let pool: WorkerPool

  init(_ forward: ForwardPass, on pool: WorkerPool) {
    self.forward = forward
    self.pool = pool
  }

  /// How many texts are read at a time, and their length in characters.
  var count: Int { forward.batch }
  var length: Int { forward.steps }

  /// - Parameter texts: at most `count`. The last one takes the place of those that are missing.
  func read(_ texts: [[Int32]]) {
    run(texts, measures: false)
  }

  /// The scores of any number of texts from the states that are set, the same for all.
  func scores(of texts: [[Int32]]) -> [Double] {
    stride(from: 0, to: texts.count, by: count).flatMap { start in
      let group = texts[start..<min(start + count, texts.count)]
      run(Array(group), measures: true)
      return (0..<group.count).map { score(of: $0, in: 0..<length) }
    }
  }

  /// The score of a part of a text; after `scores`.
  func score(of text: Int = 0, in part: Range<Int>) -> Double {
    part.reduce(0) { $0 - Double(forward.loss(row: $1 * count + text)) }
  }

  private func run(_ texts: [[Int32]], measures: Bool) {
    let characters = (0..<length).flatMap { step in
      (0..<count).map { texts[min($0, texts.count - 1)][step] }
    }
    forward.inputs.store(characters)
    forward.targets.store(characters)
    pool.run { [forward] worker in
      forward.run(worker)
      if measures { forward.crossEntropy(worker) }
    }
  }

  /// By character, what was expected at `step` of a text, in nats; after `read`.
  func logProbabilities(at step: Int, of text: Int = 0) -> [Double] {
    let logits = forward.logits(ofRow: step * count + text).map { Double($0) }
    let largest = logits.max() ?? 0
    let total = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
    return logits.map { $0 - total }
  }

  // MARK: States

  /// What the two stacks know before they read a part of a text, from its left and from its right.
  struct Context {
    let left: [Float]
    let right: [Float]
  }

  /// What surrounds a part of the first text that was read.
  func context(of part: Range<Int>) -> Context {
    Context(
      left: state(of: .forward) { $0.previousState($1, part.lowerBound) },
      right: state(of: .backward) { $0.previousState($1, part.upperBound - 1) })
  }

  /// Lets all texts stand in one context.
  func start(in context: Context) {
    for text in 0..<count {
      start(.forward, text: text, from: context.left)
      start(.backward, text: text, from: context.right)
    }
  }

  /// A state that `place` picks, without padding.
  func state(
    of stack: Stack, text: Int = 0, at place: (CellPass, Matrix) -> Matrix
  ) -> [Float] {
    matrices(of: stack, at: place).flatMap { matrix in
      (0..<forward.model.architecture.hidden).map { matrix[text, $0] }
    }
  }

  func start(_ stack: Stack, text: Int = 0, from state: [Float]) {
    let hidden = forward.model.architecture.hidden
    for (index, matrix) in matrices(of: stack, at: { $0.initialState($1) }).enumerated() {
      for unit in 0..<hidden { matrix[text, unit] = state[index * hidden + unit] }
    }
  }

  /// H, and C where the cell has it, by layer, (B, H) each.
  private func matrices(of stack: Stack, at place: (CellPass, Matrix) -> Matrix) -> [Matrix] {
    forward.passes.flatMap { forward.stateMatrices(of: $0[stack.rawValue], place) }
  }
}
