import CSIMD
import Kernels

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the Kernels module offers, so that one of its builds can be chosen when the program runs.
/// The functions are described where they are written.
protocol KernelSet: Sendable {
  static func rowStride(columns: Int) -> Int
  static var stripWidth: Int { get }
  static func multiply(
    rows: Int, columns: Int, stripColumns: Int, depth: Int,
    a: UnsafePointer<Float>, aRow: Int, aStrip: Int, aBlock: Int,
    b: UnsafePointer<Float>, bRow: Int, bStrip: Int,
    start: UnsafePointer<Float>?, startRow: Int, startStrip: Int,
    c: UnsafeMutablePointer<Float>, cRow: Int, cStrip: Int,
    columnSums: UnsafeMutablePointer<Float>?)
  static func transpose(
    rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int)

  static func rnnForward(
    rows: Int, units: Int, relu: Bool,
    a: UnsafePointer<Float>, aRow: Int, h: UnsafeMutablePointer<Float>, hRow: Int)
  static func rnnBackward(
    rows: Int, units: Int, relu: Bool,
    h: UnsafePointer<Float>, hRow: Int, dH: UnsafePointer<Float>, dHRow: Int,
    dA: UnsafeMutablePointer<Float>, dARow: Int)

  static func lstmForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousC: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>,
    h: UnsafeMutablePointer<Float>, stateRow: Int)
  static func lstmBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousC: UnsafePointer<Float>, c: UnsafePointer<Float>, dH: UnsafePointer<Float>,
    stateRow: Int, dC: UnsafeMutablePointer<Float>, dCRow: Int)

  static func gruForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>, hRow: Int)
  static func gruBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, dH: UnsafePointer<Float>,
    dPreviousH: UnsafeMutablePointer<Float>, hRow: Int)
  static func gruResetForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, hRow: Int)
  static func gruCandidateForward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>, hRow: Int)
  static func gruCandidateBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, dH: UnsafePointer<Float>,
    dPreviousH: UnsafeMutablePointer<Float>, hRow: Int)
  static func gruResetBackward(
    rows: Int, units: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int, gatesRow: Int,
    previousH: UnsafePointer<Float>, dProduct: UnsafePointer<Float>, dProductRow: Int,
    dPreviousH: UnsafeMutablePointer<Float>, hRow: Int)

  static func softmaxCrossEntropy(
    rows: Int, classes: Int, x: UnsafeMutablePointer<Float>, xRow: Int, xStrip: Int,
    targets: UnsafePointer<Int32>, scale: Float, losses: UnsafeMutablePointer<Float>)

  static func sumOfSquares(count: Int, x: UnsafePointer<Float>) -> Double
  static func add(
    count: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>)
  static func gatherRows(
    rows: Int, columns: Int, table: UnsafePointer<Float>, tableRow: Int,
    ids: UnsafePointer<Int32>, bias: UnsafePointer<Float>?,
    y: UnsafeMutablePointer<Float>, yRow: Int)
  static func scatterRows(
    rows: Int, columns: Int, dY: UnsafePointer<Float>, dYRow: Int,
    ids: UnsafePointer<Int32>, table: UnsafeMutablePointer<Float>, tableRow: Int,
    dBias: UnsafeMutablePointer<Float>?)
  static func sgdUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>, rate: Float, scale: Float)
  static func adamUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>,
    m: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>,
    scale: Float, rate: Float, rootCorrection: Float, beta1: Float, beta2: Float, epsilon: Float)
}

extension Kernels.VectorKernels: KernelSet {}
#if arch(x86_64)
  extension KernelsAVX2.VectorKernels: KernelSet {}
  extension KernelsAVX512.VectorKernels: KernelSet {}
#endif

/// The builds of the kernels, by the instruction set they need.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
  case baseline
  case avx2
  case avx512

  /// What people call it: the baseline of arm64 is no second best.
  public var name: String {
    #if arch(arm64)
      "neon"
    #else
      rawValue
    #endif
  }

  /// The variable of the environment that forces one, by its raw value.
  public static let environmentVariable = "CHARNN_KERNELS"

  /// The widest that this machine runs.
  public static let best: InstructionSet =
    switch csimd_instruction_set() {
    case 3: .avx512
    case 2: .avx2
    default: .baseline
    }

  /// The one in use: what `CHARNN_KERNELS` names if this machine runs it, else the best.
  public static let current: InstructionSet =
    ProcessInfo.processInfo.environment[environmentVariable]
    .flatMap(InstructionSet.init(rawValue:)).flatMap { $0.isSupported ? $0 : nil } ?? best

  /// Whether this machine runs it.
  public var isSupported: Bool {
    InstructionSet.allCases.prefix { $0 != InstructionSet.best }.contains(self)
      || self == InstructionSet.best
  }

  var kernels: any KernelSet.Type {
    #if arch(x86_64)
      switch self {
      case .baseline: Kernels.VectorKernels.self
      case .avx2: KernelsAVX2.VectorKernels.self
      case .avx512: KernelsAVX512.VectorKernels.self
      }
    #else
      Kernels.VectorKernels.self
    #endif
  }
}

/// The kernels in use, chosen once.
let kernels: any KernelSet.Type = InstructionSet.current.kernels
