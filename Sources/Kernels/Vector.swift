import CSIMD

/// The SIMD loops under charnn: plain pointer loops, without allocation, classes or generics that
/// leave this module. The same sources are compiled several times (see Package.swift): for the
/// target's baseline, for AVX2 with FMA, for AVX-512, for AVX-512 with BF16 and VNNI, and for AMX.
///
/// Legend: every matrix is row-major; `xRow` is the distance between two rows of `x` in floats.
/// Widths are multiples of `Vector.scalarCount` unless a comment says otherwise; the caller checks.
public enum VectorKernels: Sendable {}

typealias Vector = SIMD16<Float>

extension Vector {
  @inline(__always)
  init(at address: UnsafePointer<Float>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Vector.self)
  }

  /// What lies there; zeros if nothing does.
  @inline(__always)
  init(start: UnsafePointer<Float>?) {
    if let start { self.init(at: start) } else { self.init() }
  }

  @inline(__always)
  func store(to address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Vector.self)
  }

  /// `self + a * b`, rounded once where the instruction set can.
  @inline(__always)
  func adding(_ a: Vector, times b: Vector) -> Vector {
    var sum = self
    csimd_add_product(a, b, &sum)
    return sum
  }

  /// The larger of `self` and `bound`. A lane of `self` that is not a number stays so.
  @inline(__always)
  func max(_ bound: Vector) -> Vector {
    var x = self
    csimd_max(bound, &x)
    return x
  }

  /// The smaller of `self` and `bound`. A lane of `self` that is not a number stays so.
  @inline(__always)
  func min(_ bound: Vector) -> Vector {
    var x = self
    csimd_min(bound, &x)
    return x
  }
}
