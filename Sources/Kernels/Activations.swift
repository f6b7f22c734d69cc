// exp, the logistic function and tanh on whole vectors.
//
// e^x = 2^n e^r with n = round(x / ln 2), so |r| <= ln(2)/2, and e^r - 1 by its Taylor polynomial of
// degree 7: the first term left out, r^8/8!, is below 6e-9. Keeping e^r - 1 (not e^r) lets tanh of a
// small x keep its relative accuracy: tanh(x) = m / (m + 2) with m = e^(2x) - 1.
//
// Largest errors over the whole range, against Double (KernelsTests holds them): exp 1e-7 relative,
// logistic 1e-7 absolute, tanh 2e-7 relative.

/// e^x as its two parts: `scale` = 2^n and `rest` = e^r - 1, e^x = scale + scale * rest.
struct ExponentialParts {
  let scale: Vector
  let rest: Vector

  /// x is held to the range in which scale is a normal number.
  @inline(__always)
  init(_ argument: Vector) {
    let x = argument.min(Vector(repeating: 88)).max(Vector(repeating: -87))
    // Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the significand.
    let shifted = Vector(repeating: 12_582_912).adding(x, times: Vector(repeating: 1.442_695_04))
    let n = shifted - 12_582_912
    // ln 2 in two parts, the first with so few bits that n times it is exact (Cody and Waite).
    let r = x.adding(n, times: Vector(repeating: -0.693_359_375))
      .adding(n, times: Vector(repeating: 2.121_944_4e-4))
    var series = Vector(repeating: 1 / 5040)
    series = Vector(repeating: 1 / 720).adding(series, times: r)
    series = Vector(repeating: 1 / 120).adding(series, times: r)
    series = Vector(repeating: 1 / 24).adding(series, times: r)
    series = Vector(repeating: 1 / 6).adding(series, times: r)
    series = Vector(repeating: 1 / 2).adding(series, times: r)
    rest = r.adding(series * r, times: r)
    let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &+ 127
    scale = unsafeBitCast(exponent &<< 23, to: Vector.self)
  }
}

@inline(__always)
func exponential(_ x: Vector) -> Vector {
  let parts = ExponentialParts(x)
  return parts.scale.adding(parts.scale, times: parts.rest)
}

/// 1 / (1 + e^-x)
@inline(__always)
func logistic(_ x: Vector) -> Vector {
  Vector(repeating: 1) / (exponential(-x) + 1)
}

@inline(__always)
func hyperbolicTangent(_ x: Vector) -> Vector {
  // Beyond 10, tanh is 1 in Float.
  let bounded = x.min(Vector(repeating: 10)).max(Vector(repeating: -10))
  let parts = ExponentialParts(bounded + bounded)
  let m = (parts.scale - 1).adding(parts.scale, times: parts.rest)
  return m / (m + 2)
}

extension VectorKernels {
  /// y = e^x for `count` (a multiple of 16) values; x below -87 or above 88 counts as that bound.
  public static func exp(
    count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    for i in stride(from: 0, to: count, by: 16) {
      exponential(Vector(at: x + i)).store(to: y + i)
    }
  }

  /// y = 1 / (1 + e^-x) for `count` (a multiple of 16) values.
  public static func sigmoid(
    count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    for i in stride(from: 0, to: count, by: 16) {
      logistic(Vector(at: x + i)).store(to: y + i)
    }
  }

  /// y = tanh x for `count` (a multiple of 16) values.
  public static func tanh(
    count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    for i in stride(from: 0, to: count, by: 16) {
      hyperbolicTangent(Vector(at: x + i)).store(to: y + i)
    }
  }
}
