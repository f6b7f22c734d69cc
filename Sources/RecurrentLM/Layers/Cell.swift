import KernelOperands

// Legend of shapes: T time steps, B batch, H hidden units padded to a multiple of 16.
// Sequences are time-major: row t · B + b of a (T·B, …) matrix is step t of sequence b.

/// What one kind of recurrent cell computes in a time step, and its gradient.
///
/// `CellActivations` drives it. Before the first step, the pre-activations of all gates hold X W_x + b.
/// A step then goes through the phases of the cell: in each, the recurrent products of that phase are
/// added, and `forward` computes what is element-wise. The way back takes the phases in reverse.
protocol Cell: Sendable {
  /// Blocks of H columns in the weights: PyTorch's gates.
  var gateCount: Int { get }
  /// Blocks of H columns kept for each step: the gates, then what else the way back needs.
  var blockCount: Int { get }
  /// Whether the state has a second part, C, beside H.
  var hasCellState: Bool { get }
  /// By name, the blocks that hold gates once a step has been taken.
  var blockSignals: [CellSignal] { get }
  /// Where the values of H lie.
  var hiddenScale: CellSignal.Scale { get }
  /// The products with the recurrent weights W_hh, each gate once; none if the cell has no recurrent
  /// weights. Those of the same phase are made in this order, there and back.
  var recurrentProducts: [RecurrentProduct] { get }

  /// Phase `phase` of a step: what is element-wise, once the products of that phase are there. The last
  /// phase leaves H.
  func forward(_ step: StepOperands, phase: Int)

  /// The gradient of `forward`: turns the blocks that this phase made into the gradients of their
  /// pre-activations, and adds to the gradient of the previous H what reaches it other than through a
  /// product. Products of later phases have set dH to the gradient of their operand.
  func backward(_ step: StepOperands, _ gradients: StepGradients, phase: Int)
}

/// A product with the recurrent weights of some gates.
struct RecurrentProduct: Equatable, Sendable {
  /// What is multiplied with the weights.
  enum Operand: Equatable {
    /// H of the step before.
    case previousHidden
    /// A block that the first phase of the step makes. Once it is made only products read it: in bfloat16
    /// and int8 what they read takes its place.
    case block(Int)
  }

  /// The gates whose weights these are.
  let gates: Range<Int>
  /// The blocks that the product goes to, as many as gates.
  let blocks: Range<Int>
  var operand = Operand.previousHidden
  /// Whether the blocks hold nothing but this product and b_hh. Otherwise they hold the input projection,
  /// to which the product is added and which contains b_hh.
  var standsAlone = false

  /// The phase of a step in which the product is made: 1 if its operand is made in phase 0.
  var phase: Int { operand == .previousHidden ? 0 : 1 }
}

extension Cell {
  var hiddenScale: CellSignal.Scale { .signed }

  /// Phases of a step; at least one.
  var phaseCount: Int { 1 + (recurrentProducts.map(\.phase).max() ?? 0) }

  /// Whether there are products whose operand is a block.
  var hasBlockOperands: Bool { recurrentProducts.contains { $0.operand != .previousHidden } }

  /// Whether the cell reads the state before the step through weights.
  var hasRecurrentWeights: Bool { !recurrentProducts.isEmpty }

  /// The blocks in which a phase leaves gradients on the way back; those that no product reads, with the
  /// first phase, which is the last of that way.
  func gradientBlocks(ofPhase phase: Int) -> [Int] {
    let ofProducts = recurrentProducts.filter { $0.phase == phase }.flatMap(\.blocks)
    guard phase == 0 else { return ofProducts }
    let later = recurrentProducts.filter { $0.phase > 0 }.flatMap(\.blocks)
    return Set(ofProducts).union(0..<gateCount).subtracting(later).sorted()
  }

  /// Gates whose b_ih and b_hh are summed into the input projection.
  func sumsBiases(ofGate gate: Int) -> Bool {
    recurrentProducts.contains { $0.gates.contains(gate) && !$0.standsAlone }
  }
}
