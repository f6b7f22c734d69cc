// Sums, copies and parameter updates over flat buffers.

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

  /// The product of one-hot rows with a matrix: y[row] = table[ids[row]] + bias.
  public static func gatherRows(
    rows: Int, columns: Int, table: UnsafePointer<Float>, tableRow: Int,
    ids: UnsafePointer<Int32>, bias: UnsafePointer<Float>?,
    y: UnsafeMutablePointer<Float>, yRow: Int
  ) {
    for row in 0..<rows {
      let source = table + Int(ids[row]) * tableRow
      let y = y + row * yRow
      for i in stride(from: 0, to: columns, by: 16) {
        var value = Vector(at: source + i)
        if let bias { value += Vector(at: bias + i) }
        value.store(to: y + i)
      }
    }
  }

  /// Its gradient: table[ids[row]] += dY[row] and dBias += dY[row], in the order of the rows.
  public static func scatterRows(
    rows: Int, columns: Int, dY: UnsafePointer<Float>, dYRow: Int,
    ids: UnsafePointer<Int32>, table: UnsafeMutablePointer<Float>, tableRow: Int,
    dBias: UnsafeMutablePointer<Float>?
  ) {
    for row in 0..<rows {
      let destination = table + Int(ids[row]) * tableRow
      let source = dY + row * dYRow
      for i in stride(from: 0, to: columns, by: 16) {
        let gradient = Vector(at: source + i)
        (Vector(at: destination + i) + gradient).store(to: destination + i)
        if let dBias { (Vector(at: dBias + i) + gradient).store(to: dBias + i) }
      }
    }
  }

  /// Stochastic gradient descent: p -= rate · scale · g; `scale` is what clipping leaves of g.
  public static func sgdUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>, rate: Float, scale: Float
  ) {
    let factor = Vector(repeating: -rate * scale)
    for i in stride(from: 0, to: count, by: 16) {
      Vector(at: p + i).adding(Vector(at: g + i), times: factor).store(to: p + i)
    }
  }

  /// Adam (Kingma and Ba 2015, arXiv:1412.6980), with g already multiplied by `scale`:
  ///
  ///     m = β1 m + (1 - β1) g,  v = β2 v + (1 - β2) g²
  ///     p -= rate · m / (√v · rootCorrection + ε)
  ///
  /// `rate` holds the bias correction 1 / (1 - β1^t), `rootCorrection` is 1 / √(1 - β2^t).
  public static func adamUpdate(
    count: Int, p: UnsafeMutablePointer<Float>, g: UnsafePointer<Float>,
    m: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>,
    scale: Float, rate: Float, rootCorrection: Float, beta1: Float, beta2: Float, epsilon: Float
  ) {
    let minusRate = Vector(repeating: -rate)
    for i in stride(from: 0, to: count, by: 16) {
      let gradient = Vector(at: g + i) * scale
      let mean = (gradient * (1 - beta1)).adding(Vector(at: m + i), times: Vector(repeating: beta1))
      let square = (gradient * gradient * (1 - beta2))
        .adding(Vector(at: v + i), times: Vector(repeating: beta2))
      let root = Vector(repeating: epsilon)
        .adding(square.squareRoot(), times: Vector(repeating: rootCorrection))
      mean.store(to: m + i)
      square.store(to: v + i)
      Vector(at: p + i).adding(mean / root, times: minusRate).store(to: p + i)
    }
  }
}
