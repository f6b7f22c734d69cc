import Foundation
import Synchronization
import Testing

@testable import RecurrentLM

/// A fixture's path.
func fixture(_ name: String) -> String {
  Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)").path
}

/// A folder that is gone when the test ends.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("charnn-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// ‖a - b‖ / ‖b‖, in Double.
func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  let difference = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)).squared }
  let size = b.reduce(0.0) { $0 + Double($1).squared }
  return (difference / max(size, .leastNormalMagnitude)).squareRoot()
}

extension Double {
  var squared: Double { self * self }
}

extension Architecture {
  init(
    _ cell: CellKind, layers: Int, hidden: Int, activation: Activation = .tanh,
    reset: GRUReset = .after, bidirectional: Bool = false, embedding: Int = 0,
    residual: Bool = false, objective: Objective = .next
  ) {
    self.init()
    self.cell = cell
    self.layers = layers
    self.hidden = hidden
    self.activation = activation
    gruReset = reset
    self.bidirectional = bidirectional
    self.embedding = embedding
    self.residual = residual
    self.objective = objective
  }
}

/// The cells, each in its variants.
enum CellVariant: String, CaseIterable {
  case rnn, rnnReLU, gru, gruResetBefore, lstm

  func architecture(
    layers: Int = 1, hidden: Int = 5, bidirectional: Bool = false, embedding: Int = 0,
    residual: Bool = false, objective: Objective = .next
  ) -> Architecture {
    let kind: CellKind =
      switch self {
      case .rnn, .rnnReLU: .rnn
      case .gru, .gruResetBefore: .gru
      case .lstm: .lstm
      }
    return Architecture(
      kind, layers: layers, hidden: hidden, activation: self == .rnnReLU ? .relu : .tanh,
      reset: self == .gruResetBefore ? .before : .after,
      bidirectional: bidirectional || objective == .cloze, embedding: embedding,
      residual: residual, objective: objective)
  }
}

extension LanguageModel {
  /// A model whose parameters, biases too, are uniform in ±scale.
  convenience init(
    _ architecture: Architecture, vocabularySize: Int, uniform scale: Double, seed: UInt64 = 1
  ) throws {
    try self.init(architecture, vocabularySize: vocabularySize)
    var generator = RandomGenerator(seed: seed)
    initialize(.uniform, scale: scale, using: &generator)
  }

  /// All parameters' values, by name.
  var values: [String: [Float]] {
    Dictionary(
      uniqueKeysWithValues: layout.parameters.map { ($0.name, values(of: $0)) })
  }

  func parameter(_ name: String) throws -> Parameter {
    try #require(layout.parameters.first { $0.name == name }, "\(name)")
  }
}

/// Character numbers below `vocabularySize`, drawn from `seed`.
func randomText(_ count: Int, vocabularySize: Int = 7, seed: UInt64 = 1) -> [Int32] {
  var generator = RandomGenerator(seed: seed)
  return (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabularySize), using: &generator) }
}

extension Network {
  /// The logits of a minibatch, row by row and without padding.
  func logits(of minibatch: [Int32], on pool: WorkerPool) -> [Float] {
    tokens.store(minibatch)
    pool.run {
      self.takeParameters($0)
      self.forward($0)
    }
    return (0..<batch * steps).flatMap(logits(ofRow:))
  }

  /// From logits, by way of the losses, to the gradients.
  func computeGradients(_ worker: Worker) {
    backward(from: crossEntropy(worker), worker)
  }

  /// A gradient's values in PyTorch's order; none if the network does not train.
  func gradient(of parameter: Parameter) -> [Float] {
    gradients.map { parameter.values(in: $0) } ?? []
  }
}

extension TemporaryFolder {
  func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
  }
}

extension TrainingOptions {
  /// A few minibatches an epoch, quick even without optimisation.
  static var small: TrainingOptions {
    var options = TrainingOptions()
    options.batch = 3
    options.steps = 4
    options.learningRate = 0.05
    return options
  }
}

extension Trainer {
  /// Training from the options' seed on, by default on 80 random characters of seven kinds.
  convenience init(
    _ architecture: Architecture, _ options: TrainingOptions = .small,
    text: [Int32] = randomText(80), heldOut: [Int32]? = nil, threads: Int = 1
  ) throws {
    let model = try LanguageModel(architecture, vocabularySize: 7)
    var generator = RandomGenerator(seed: options.seed)
    model.initialize(options.initialization, using: &generator)
    try self.init(
      model, text: text, heldOut: heldOut, options: options, threads: threads,
      generator: generator)
  }

  convenience init(
    _ model: LanguageModel, text: [Int32], heldOut: [Int32]? = nil, options: TrainingOptions,
    threads: Int, generator: RandomGenerator
  ) throws {
    try self.init(
      model, text: Tokens(text), heldOut: heldOut.map { try Tokens($0) }, options: options,
      threads: threads, generator: generator)
  }
}

extension Evaluator {
  func evaluate(
    _ text: [Int32], streams: Int = 1, adaptationRate: Double? = nil,
    onCharacter: ((Int, Double) throws -> Void)? = nil
  ) throws -> Evaluation {
    try evaluate(
      Tokens(text), streams: streams, adaptationRate: adaptationRate,
      onCharacter: onCharacter.map { report in { try report($0.position, $0.nats) } })
  }
}

extension Corpus {
  /// All characters of the text.
  func characters(
    _ mode: TextMode = .raw, limit: Int? = nil, pieceSize: Int = 1000
  ) throws -> [Unicode.Scalar] {
    try read(mode, limit: limit, pieceSize: pieceSize).scalars()
  }
}

extension WorkerPool {
  /// What `body` gives on each worker, in their order.
  func collect<Value: Sendable>(_ body: @escaping @Sendable (Worker) -> Value) -> [Value] {
    let results = Results<Value>()
    runTogether { worker in
      let value = body(worker)
      results.byWorker.withLock { $0[worker.index] = value }
    }
    return results.byWorker.withLock { values in values.sorted { $0.key < $1.key }.map(\.value) }
  }
}

private final class Results<Value: Sendable>: Sendable {
  let byWorker = Mutex<[Int: Value]>([:])
}

/// Memory that stays until the tests end: a view of it keeps nothing alive.
private let keptBuffers = Mutex<[FloatBuffer]>([])

func kept<Content>(_ place: (Placement) -> Content) -> Content {
  do {
    let (buffer, content) = try FloatBuffer.holding(for: .activations, in: Arena(), place)
    keptBuffers.withLock { $0.append(buffer) }
    return content
  } catch { preconditionFailure("no memory: \(error)") }
}

extension FloatBuffer {
  /// Of a size for which there is memory.
  convenience init(count: Int) {
    do { try self.init(count: count, for: .activations, in: Arena()) } catch {
      preconditionFailure("no memory for \(count) floats")
    }
  }
}

extension FloatBuffer {
  var values: [Float] { (0..<count).map { base[$0] } }
}

extension TokenBuffer {
  /// Of a size for which there is memory.
  convenience init(count: Int) {
    do { try self.init(count: count, in: Arena()) } catch {
      preconditionFailure("no memory for \(count) numbers")
    }
  }
}

/// A matrix of normal draws.
func randomMatrix(rows: Int, columns: Int, seed: UInt64) -> Matrix {
  let matrix = kept { $0.matrix(rows: rows, columns: columns) }
  var generator = RandomGenerator(seed: seed)
  for row in 0..<rows {
    for column in 0..<columns { matrix[row, column] = Float(generator.normal()) }
  }
  return matrix
}

/// A matrix of zeros in panels.
func panelMatrix(rows: Int, columns: Int, blocks: Int = 1) -> PanelMatrix {
  kept { $0.panels(rows: rows, blockColumns: columns, blocks: blocks) }
}

extension Matrix {
  var values: [[Float]] {
    (0..<rows).map { row in (0..<columns).map { self[row, $0] } }
  }
}

extension PanelMatrix {
  /// Makes this the copy of `matrix`.
  func copy(from matrix: Matrix, dividedBy worker: Worker) {
    forEachPanel(dividedBy: worker) { index in
      panel(index).copy(from: matrix.columns(columns(ofPanel: index)))
    }
  }

  /// The elements, found by the block and the panel in which they lie.
  var values: [[Float]] {
    (0..<rows).map { row in
      (0..<columns).map { column in
        let (block, unit) = column.quotientAndRemainder(dividingBy: blockColumns)
        return base[block * blockStride + unit / 64 * panelStride + row * rowStride + unit % 64]
      }
    }
  }
}
