/// A deep recurrent network with an output layer: its architecture and its parameters.
public final class LanguageModel: @unchecked Sendable {
  public let architecture: Architecture
  public let vocabularySize: Int
  /// In which whatever computes with the model multiplies. It must not change once something does.
  public var precision = Precision.float {
    didSet { if precision != oldValue { factors = nil } }
  }
  /// The order in which products of bfloat16 are summed; it must not change either.
  public var pairOrder = InstructionSet.current.pairOrder {
    didSet { if pairOrder != oldValue { factors = nil } }
  }
  public let layout: ParameterLayout
  let parameters: FloatBuffer
  /// Where the memory comes from, also that of what computes with the model.
  let arena: Arena

  /// What networks multiply with, and its memory; nil before the first network, and in Float.
  private var factors: (buffer: FloatBuffer, content: ModelFactors)?

  /// A model whose parameters are zero.
  ///
  /// - Throws: `InsufficientMemory`.
  public init(
    _ architecture: Architecture, vocabularySize: Int, arena: Arena = Arena()
  ) throws(InsufficientMemory) {
    self.architecture = architecture
    self.vocabularySize = vocabularySize
    self.arena = arena
    layout = ParameterLayout(architecture, vocabularySize: vocabularySize)
    parameters = try FloatBuffer(count: layout.size, for: .parameters, in: arena)
  }

  /// What products read of the weights, the same for all networks; one of them takes the values.
  ///
  /// - Throws: `InsufficientMemory`.
  func weightFactors() throws(InsufficientMemory) -> (buffer: FloatBuffer?, content: ModelFactors) {
    if let factors { return factors }
    let weights = layout.weights(in: parameters)
    let elements = FactorElements(architecture, precision, pairOrder)
    // In Float they are the weights themselves, so nothing is placed.
    guard precision != .float else { return (nil, ModelFactors(.measuring(), weights, elements)) }
    let made = try FloatBuffer.holding(for: .parameters, in: arena) { placement in
      ModelFactors(placement, weights, elements)
    }
    factors = made
    return made
  }

  /// Whether all are numbers of characters that the model knows. Kernels do not ask again.
  func knows(_ text: [Int32]) -> Bool {
    text.allSatisfy { 0..<Int32(vocabularySize) ~= $0 }
  }

  func knows(_ text: Tokens) -> Bool { (text.max() ?? -1) < vocabularySize }

  /// A parameter's values in PyTorch's order.
  public func values(of parameter: Parameter) -> [Float] { parameter.values(in: parameters) }

  /// Sets a parameter from values in PyTorch's order.
  public func store(_ values: [Float], in parameter: Parameter) {
    parameter.store(values, in: parameters)
  }
}
