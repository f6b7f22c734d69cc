import CSIMD

/// The instruction sets for which there is a build of the kernels.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
  case baseline
  case avx2
  case avx512
  /// AVX-512 with products of bfloat16 and int8 (BF16, VNNI).
  case avx512bf16
  /// AVX-512 with VNNI, and the tiles of AMX, which multiply bfloat16.
  case amx

  /// How it is shown: on arm64, the baseline is NEON and nothing less.
  public var name: String {
    #if arch(arm64)
      "neon"
    #else
      rawValue
    #endif
  }

  /// The environment variable that selects one, by its raw value.
  public static let environmentVariable = "CHARNN_KERNELS"

  /// The order in which it adds up products of bfloat16 fastest.
  public var pairOrder: PairOrder { self == .amx ? .inBlocks : .inTurn }

  /// Whether it multiplies bfloat16 itself, instead of an emulation that gives the same numbers.
  public func multipliesPairs(_ order: PairOrder) -> Bool {
    switch order {
    case .inTurn: self == .avx512bf16
    case .inBlocks: self == .amx
    }
  }

  /// The widest that this machine supports.
  public static let best: InstructionSet =
    switch csimd_instruction_set() {
    case 5 where amx.roundsAsDefined: .amx
    case 4... where avx512bf16.roundsAsDefined: .avx512bf16
    case 3...: .avx512
    case 2: .avx2
    default: .baseline
    }

  /// The one in use: what `CHARNN_KERNELS` names if this machine runs it, else the best.
  public static let current: InstructionSet =
    ProcessInfo.processInfo.environment[environmentVariable]
    .flatMap(InstructionSet.init(rawValue:)).flatMap { $0.isSupported ? $0 : nil } ?? best

  /// Whether this machine runs it, to the same numbers as all others.
  public var isSupported: Bool {
    let narrower = InstructionSet.allCases.prefix { $0 != InstructionSet.best }
    return self == InstructionSet.best || narrower.contains(self) && roundsAsDefined
  }

  /// Whether the processor's own products of bfloat16 give what their emulation does.
  private var roundsAsDefined: Bool {
    kernels.pairProductsAreAsDefined && kernels.pairBlocksAreAsDefined
  }
}
