import Foundation
import Kernels
import Testing

#if arch(x86_64)
  import KernelsAMX
  import KernelsAVX2
  import KernelsAVX512
  import KernelsAVX512BF16
#endif

/// The activations alone, which the library only uses inside other kernels.
protocol ActivationKernels {
  static func exp(count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
  static func sigmoid(count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
  static func tanh(count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
}

extension Kernels.VectorKernels: ActivationKernels {}
#if arch(x86_64)
  extension KernelsAVX2.VectorKernels: ActivationKernels {}
  extension KernelsAVX512.VectorKernels: ActivationKernels {}
  extension KernelsAVX512BF16.VectorKernels: ActivationKernels {}
  extension KernelsAMX.VectorKernels: ActivationKernels {}
#endif

private typealias Activation = (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void

@Suite struct ActivationsTests {
  /// Every Float is near one of these: from the tiniest to infinity in equal steps of the bits, and
  /// where the functions bend in equal steps of the value.
  private static let sweep: [Float] = {
    let positive = stride(from: UInt32(0), to: Float.infinity.bitPattern, by: 65_521)
      .map(Float.init(bitPattern:))
    let bends = (0..<48_000).map { Float($0) * 0x1.07p-9 }
    let all = positive + bends + [.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity]
    return all + all.map(-)
  }()

  /// The activation of any number of values; what is filled up to a multiple of 16 must be written
  /// and no more.
  private func values(_ activation: Activation, _ x: [Float]) -> [Float] {
    let count = (x.count + 15) / 16 * 16
    let padded = x + [Float](repeating: 0, count: count - x.count)
    var y = Grid(1, count)
    activation(count, padded, &y.floats)
    #expect(y.floats[count...].allSatisfy { $0.isNaN })
    return Array(y.floats[..<x.count])
  }

  /// The largest error over the sweep; infinite if a value is not a number.
  private func largestError(
    _ activation: Activation, relative: Bool, to exact: (Double) -> Double
  ) -> Double {
    let y = values(activation, Self.sweep)
    var largest = 0.0
    for i in y.indices {
      let goal = exact(Double(Self.sweep[i]))
      guard Double(y[i]) != goal else { continue }
      let error = abs(Double(y[i]) - goal) / (relative ? abs(goal) : 1)
      guard error.isFinite else { return .infinity }
      largest = max(largest, error)
    }
    return largest
  }

  private func activations(_ build: InstructionSet) throws -> any ActivationKernels.Type {
    try #require(build.kernels as? any ActivationKernels.Type)
  }

  /// The errors that the head of Activations.swift states.
  @Test(arguments: builds) func errorsAreNoLargerThanStated(_ build: InstructionSet) throws {
    let kernels = try activations(build)
    let exponential = largestError(kernels.exp, relative: true) { exp(min(max($0, -87), 88)) }
    #expect(exponential < 1e-7)
    #expect(largestError(kernels.sigmoid, relative: false, to: logistic) < 1e-7)
    #expect(largestError(kernels.tanh, relative: true) { tanh($0) } < 2e-7)
  }

  @Test(arguments: builds) func valuesAtTheEndsAreReached(_ build: InstructionSet) throws {
    let kernels = try activations(build)
    let ends: [Float] = [-.infinity, -0.0, 0, .infinity]
    #expect(values(kernels.sigmoid, ends)[1...] == [0.5, 0.5, 1])
    #expect(values(kernels.tanh, ends) == [-1, 0, 0, 1])
    #expect(values(kernels.exp, ends)[1...2] == [1, 1])
  }

  @Test(arguments: builds) func whatIsNotANumberStaysSoAlone(_ build: InstructionSet) throws {
    let kernels = try activations(build)
    for activation in [kernels.exp, kernels.sigmoid, kernels.tanh] {
      for lane in 0..<16 {
        var x = [Float](repeating: 0.5, count: 16)
        x[lane] = .nan
        let y = values(activation, x)
        #expect(y.indices.filter { y[$0].isNaN } == [lane])
      }
    }
  }
}
