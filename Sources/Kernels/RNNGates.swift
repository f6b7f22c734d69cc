// H = tanh(A) or max(0, A), element by element, A being the pre-activation
// (Elman 1990, doi:10.1207/s15516709cog1402_1).

extension VectorKernels {
  /// H = φ(A) for `rows` x `units`.
  public static func rnnForward(
    rows: Int, units: Int, relu: Bool,
    a: UnsafePointer<Float>, aRow: Int, h: UnsafeMutablePointer<Float>, hRow: Int
  ) {
    for row in 0..<rows {
      let a = a + row * aRow
      let h = h + row * hRow
      for i in stride(from: 0, to: units, by: 16) {
        let x = Vector(at: a + i)
        (relu ? x.raised(to: Vector()) : hyperbolicTangent(x)).store(to: h + i)
      }
    }
  }

  /// dA = dH ⊙ φ'(A), from the output H: 1 - H² for tanh, 1 where H > 0 for ReLU.
  public static func rnnBackward(
    rows: Int, units: Int, relu: Bool,
    h: UnsafePointer<Float>, hRow: Int, dH: UnsafePointer<Float>, dHRow: Int,
    dA: UnsafeMutablePointer<Float>, dARow: Int
  ) {
    for row in 0..<rows {
      let h = h + row * hRow
      let dH = dH + row * dHRow
      let dA = dA + row * dARow
      for i in stride(from: 0, to: units, by: 16) {
        let output = Vector(at: h + i)
        let gradient = Vector(at: dH + i)
        let through =
          relu
          ? Vector().replacing(with: gradient, where: output .> 0)
          : gradient - gradient * output * output
        through.store(to: dA + i)
      }
    }
  }
}
