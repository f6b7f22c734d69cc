import KernelOperands
import Kernels

#if arch(x86_64)
  import KernelsAMX
  import KernelsAVX2
  import KernelsAVX512
  import KernelsAVX512BF16
#endif

/// The functions of the Kernels module, so that one of its builds can be chosen at run time. They are
/// documented where they are implemented.
protocol KernelSet: Sendable {
  static func rowStride(columns: Int) -> Int
  static var panelWidth: Int { get }
  static func multiply(_ product: ProductOperands)
  static func multiplyPairs(_ product: ProductOperands)
  static func multiplyPairBlocks(_ product: ProductOperands)
  static func multiplyQuads(_ product: ProductOperands)
  static func transpose(
    rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int)

  static func roundToPairs(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int)
  static func roundToRowPairs(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int)
  static func pairRows(
    groups: Int, rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int,
    y: UnsafeMutablePointer<Float>, yRow: Int)
  static func transposeToRowPairs(
    rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int)
  static func transposePairs(
    groups: Int, rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int)
  static func roundToQuads(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int, scale: Float)
  static func roundToRowQuads(
    rows: Int, columns: Int, x: UnsafePointer<Float>, xRow: Int, y: UnsafeMutablePointer<Float>,
    yRow: Int, scales: UnsafeMutablePointer<Float>, unit: Float)
  static func scatterRowPairs(groups: Int, rows: Int, _ lookup: RowLookup)
  static var pairProductsAreAsDefined: Bool { get }
  static var pairBlocksAreAsDefined: Bool { get }

  static func rnnForward(_ step: StepOperands, relu: Bool)
  static func rnnBackward(_ step: StepOperands, _ gradients: StepGradients, relu: Bool)
  static func lstmForward(_ step: StepOperands)
  static func lstmBackward(_ step: StepOperands, _ gradients: StepGradients)
  static func gruForward(_ step: StepOperands)
  static func gruBackward(_ step: StepOperands, _ gradients: StepGradients)
  static func gruResetForward(_ step: StepOperands)
  static func gruCandidateForward(_ step: StepOperands)
  static func gruCandidateBackward(_ step: StepOperands, _ gradients: StepGradients)
  static func gruResetBackward(_ step: StepOperands, _ gradients: StepGradients)

  static func gatherRows(_ lookup: RowLookup)
  static func scatterRows(_ lookup: RowLookup)
  static func softmaxCrossEntropy(_ operands: CrossEntropyOperands)

  static func dropOut(_ operands: DropoutOperands)
  static func sumOfSquares(count: Int, x: UnsafePointer<Float>) -> Double
  static func add(
    count: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>)
  static func sgdUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>, rate: Float, scale: Float,
    decay: Float)
  static func adamUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>,
    m: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>, _ factors: AdamFactors)
}

extension Kernels.VectorKernels: KernelSet {}
#if arch(x86_64)
  extension KernelsAVX2.VectorKernels: KernelSet {}
  extension KernelsAVX512.VectorKernels: KernelSet {}
  extension KernelsAVX512BF16.VectorKernels: KernelSet {}
  extension KernelsAMX.VectorKernels: KernelSet {}
#endif

extension InstructionSet {
  var kernels: any KernelSet.Type {
    #if arch(x86_64)
      switch self {
      case .baseline: Kernels.VectorKernels.self
      case .avx2: KernelsAVX2.VectorKernels.self
      case .avx512: KernelsAVX512.VectorKernels.self
      case .avx512bf16: KernelsAVX512BF16.VectorKernels.self
      case .amx: KernelsAMX.VectorKernels.self
      }
    #else
      Kernels.VectorKernels.self
    #endif
  }
}

/// The kernels in use, chosen once.
let kernels: any KernelSet.Type = InstructionSet.current.kernels
