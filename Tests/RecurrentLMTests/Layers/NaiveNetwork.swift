import Foundation

@testable import RecurrentLM

/// The twin that the library is compared with: the equations of its cells as plain loops in Double,
/// one text at a time. Parameters have PyTorch's names, shapes and order of gates.
struct NaiveNetwork {
  let architecture: Architecture
  var parameters: [String: [Double]]
  /// Rounds the factors of products, except those of one-hot inputs, which only pick weights.
  var rounded: (Double) -> Double = { $0 }
  /// Factors of what a layer hands on after a step: of layer, direction and step.
  var kept: ((Int, String, Int) -> [Double])?
  /// Is handed what the units have in each step, in the order of the steps: the suffix of the layer and
  /// direction, the name of the signal and its values.
  var observe: ((String, String, [Double]) -> Void)?

  init(_ model: LanguageModel) {
    architecture = model.architecture
    parameters = model.values.mapValues { $0.map(Double.init) }
  }

  /// By time step, from a zero state.
  func logits(of text: [Int32]) -> [[Double]] {
    let characters = text.map { vector(of: Int($0)) }
    let read =
      switch architecture.objective {
      case .next: stack(on: characters, architecture.bidirectional ? ["", "_reverse"] : [""])
      case .cloze: clozeContext(of: characters)
      }
    return read.map { affine("linear.weight", $0, "linear.bias") }
  }

  /// The output of the top layer by time step, where each layer has the given directions.
  private func stack(on characters: [[Double]], _ directions: [String]) -> [[Double]] {
    (0..<architecture.layers).reduce(characters) { below, layer in
      let byDirection = directions.map { direction in
        let isReversed = direction == "_reverse"
        let steps = outputs("_l\(layer)\(direction)", of: isReversed ? below.reversed() : below)
        let outputs = isReversed ? steps.reversed() : steps
        guard let kept else { return outputs }
        return outputs.enumerated().map { step, output in output ⊙ kept(layer, direction, step) }
      }
      let joined = below.indices.map { step in byDirection.flatMap { $0[step] } }
      return architecture.residual && layer > 0 ? zip(joined, below).map(⊕) : joined
    }
  }

  /// What two separate stacks have seen to the left and to the right of each character.
  private func clozeContext(of characters: [[Double]]) -> [[Double]] {
    let nothing = [[Double](repeating: 0, count: architecture.hidden)]
    let left = nothing + stack(on: characters, [""]).dropLast()
    let right = stack(on: characters, ["_reverse"]).dropFirst() + nothing
    return zip(left, right).map { $0 + $1 }
  }

  /// By time step, in nats: how badly the target is predicted.
  func surprisals(of inputs: [Int32], targets: [Int32]) -> [Double] {
    zip(logits(of: inputs), targets).map { logits, target in
      let largest = logits.max() ?? 0
      return log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest - logits[Int(target)]
    }
  }

  /// The mean over a (T, B) minibatch, in nats.
  func loss(inputs: [Int32], targets: [Int32], batch: Int) -> Double {
    let total = (0..<batch).reduce(0.0) { total, row in
      let places = Array(stride(from: row, to: inputs.count, by: batch))
      return surprisals(of: places.map { inputs[$0] }, targets: places.map { targets[$0] })
        .reduce(total, +)
    }
    return total / Double(inputs.count)
  }

  private func vector(of character: Int) -> [Double] {
    let width = architecture.embedding
    if let table = parameters["embedding.weight"] {
      return Array(table[character * width..<(character + 1) * width])
    }
    let vocabularySize = parameters["linear.bias"]?.count ?? 0
    return (0..<vocabularySize).map { $0 == character ? 1 : 0 }
  }

  /// One cell's H over all steps of `sequence`.
  private func outputs(_ suffix: String, of sequence: [[Double]]) -> [[Double]] {
    var h = [Double](repeating: 0, count: architecture.hidden)
    var c = h
    return sequence.map { x in
      let isOneHot = architecture.embedding == 0 && suffix.hasPrefix("_l0")
      let input = blocks(
        affine("rnn.weight_ih" + suffix, x, "rnn.bias_ih" + suffix, isOneHot: isOneHot))
      let hidden = recurrent(h, suffix)
      switch architecture.cell {
      case .rnn:
        h = (input[0] ⊕ hidden[0]).map { architecture.activation == .tanh ? tanh($0) : max($0, 0) }
      case .gru:
        let r = (input[0] ⊕ hidden[0]).map(logistic)
        let z = (input[1] ⊕ hidden[1]).map(logistic)
        let product = architecture.gruReset == .after ? r ⊙ hidden[2] : recurrent(r ⊙ h, suffix)[2]
        let n = (input[2] ⊕ product).map(tanh)
        h = z ⊙ h ⊕ z.map { 1 - $0 } ⊙ n
        observe?(suffix, "reset gate", r)
        observe?(suffix, "update gate", z)
        observe?(suffix, "candidate", n)
      case .lstm:
        let gates = zip(input, hidden).map(⊕)
        let (i, f, o) = (gates[0].map(logistic), gates[1].map(logistic), gates[3].map(logistic))
        let g = gates[2].map(tanh)
        c = f ⊙ c ⊕ i ⊙ g
        h = o ⊙ c.map(tanh)
        observe?(suffix, "input gate", i)
        observe?(suffix, "forget gate", f)
        observe?(suffix, "output gate", o)
        observe?(suffix, "candidate", g)
        observe?(suffix, "tanh(C)", c.map(tanh))
      }
      observe?(suffix, "H", h)
      return h
    }
  }

  private func recurrent(_ h: [Double], _ suffix: String) -> [[Double]] {
    blocks(affine("rnn.weight_hh" + suffix, h, "rnn.bias_hh" + suffix))
  }

  /// W x + b
  private func affine(
    _ weight: String, _ x: [Double], _ bias: String, isOneHot: Bool = false
  ) -> [Double] {
    guard var weight = parameters[weight], var y = parameters[bias] else { return [] }
    var x = x
    if !isOneHot { (weight, x) = (weight.map(rounded), x.map(rounded)) }
    for row in y.indices {
      for column in x.indices { y[row] += weight[row * x.count + column] * x[column] }
    }
    return y
  }

  /// The gates of a cell.
  private func blocks(_ values: [Double]) -> [[Double]] {
    let size = architecture.hidden
    return stride(from: 0, to: values.count, by: size).map { Array(values[$0..<$0 + size]) }
  }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// Sum and product, element by element.
infix operator ⊕ : AdditionPrecedence
infix operator ⊙ : MultiplicationPrecedence

private func ⊕ (a: [Double], b: [Double]) -> [Double] { zip(a, b).map { $0.0 + $0.1 } }
private func ⊙ (a: [Double], b: [Double]) -> [Double] { zip(a, b).map { $0.0 * $0.1 } }
