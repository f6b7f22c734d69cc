import RecurrentLM

extension Checkpoint {
  /// Computes in the precision that was given, or else in that of the training.
  func compute(in given: Precision?, _ console: Console) {
    if let given { precision = given }
    noteEmulation(of: precision, console)
  }
}

/// Says so where this processor has no instruction for products in a precision.
func noteEmulation(of precision: Precision, _ console: Console) {
  guard precision == .bfloat16, !InstructionSet.current.hasBFloat16Products else { return }
  console.hint(
    "the \(InstructionSet.current.name) kernels have no product of bfloat16; the same numbers are "
      + "computed more slowly")
}
