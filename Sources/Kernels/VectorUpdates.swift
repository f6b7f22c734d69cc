// Sums, copies and parameter updates over flat buffers.

import KernelOperands

extension VectorKernels {
  /// Σ x², the sixteen lanes summed in Float and then together in Double.
  public static func sumOfSquares(count: Int, x: UnsafePointer<Float>) -> Double {
    var total = Vector()
    for i in stride(from: 0, to: count, by: 16) {
      let value = Vector(at: x + i)
      total = total.adding(value, times: value)
    }
    var sum = 0.0
    for lane in 0..<16 { sum += Double(total[lane]) }
    return sum
  }

  /// z = x + y
  public static func add(
    count: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>
  ) {
    for i in stride(from: 0, to: count, by: 16) {
      (Vector(at: x + i) + Vector(at: y + i)).store(to: z + i)
    }
  }

  /// y[row] = table[tokens[row]] + bias
  public static func gatherRows(_ lookup: RowLookup) {
    let (columns, bias) = (lookup.columns, lookup.bias)
    for row in 0..<lookup.rows {
      let source = lookup.table + Int(lookup.tokens[row]) * lookup.tableRow
      let y = lookup.y + row * lookup.yRow
      for i in stride(from: 0, to: columns, by: 16) {
        var value = Vector(at: source + i)
        if let bias { value += Vector(at: bias + i) }
        value.store(to: y + i)
      }
    }
  }

  /// The gradient of `gatherRows`, where table, bias and y are gradients:
  /// table[tokens[row]] += y[row] and bias += y[row], in the order of the rows.
  public static func scatterRows(_ lookup: RowLookup) {
    let (columns, bias) = (lookup.columns, lookup.bias)
    for row in 0..<lookup.rows {
      let destination = lookup.table + Int(lookup.tokens[row]) * lookup.tableRow
      let source = lookup.y + row * lookup.yRow
      for i in stride(from: 0, to: columns, by: 16) {
        let gradient = Vector(at: source + i)
        (Vector(at: destination + i) + gradient).store(to: destination + i)
        if let bias { (Vector(at: bias + i) + gradient).store(to: bias + i) }
      }
    }
  }

  /// Stochastic gradient descent: p = decay · p - rate · scale · g; `scale` is what clipping leaves of g,
  /// `decay` what weight decay leaves of p.
  public static func sgdUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>, rate: Float, scale: Float,
    decay: Float
  ) {
    let factor = Vector(repeating: -rate * scale)
    for i in stride(from: 0, to: count, by: 16) {
      (Vector(at: p + i) * decay).adding(Vector(at: g + i), times: factor).store(to: p + i)
    }
  }

  /// Adam (Kingma and Ba 2015, arXiv:1412.6980), with g multiplied by `scale` first, and weight decay
  /// apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101):
  ///
  ///     m = β1 m + (1 - β1) g,  v = β2 v + (1 - β2) g²
  ///     p = decay · p - rate · m / (√v · rootCorrection + ε)
  public static func adamUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>,
    m: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>, _ factors: AdamFactors
  ) {
    let (beta1, beta2) = (factors.beta1, factors.beta2)
    let minusRate = Vector(repeating: -factors.rate)
    for i in stride(from: 0, to: count, by: 16) {
      let gradient = Vector(at: g + i) * factors.scale
      let mean = (gradient * (1 - beta1)).adding(Vector(at: m + i), times: Vector(repeating: beta1))
      let square = (gradient * gradient * (1 - beta2))
        .adding(Vector(at: v + i), times: Vector(repeating: beta2))
      let root = Vector(repeating: factors.epsilon)
        .adding(square.squareRoot(), times: Vector(repeating: factors.rootCorrection))
      mean.store(to: m + i)
      square.store(to: v + i)
      (Vector(at: p + i) * factors.decay).adding(mean / root, times: minusRate).store(to: p + i)
    }
  }
}
