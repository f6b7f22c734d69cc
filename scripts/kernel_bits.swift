// Prints for each kernel a hash of its results, to compare two builds of the kernels where there is no
// Foundation and no testing library: scripts/arm64 compiles this together with them.

@main struct KernelBits {
  static let count = 1 << 16

  /// Calls a kernel with memory full of floats in [-1, 1), the same for every call, and prints a hash
  /// (FNV-1a, a float at a time) of all that the memory then holds.
  static func report(_ name: StaticString, _ kernel: (UnsafeMutablePointer<Float>) -> Void) {
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { memory.deallocate() }
    // Knuth's linear congruential generator (MMIX).
    var state: UInt64 = 1
    for i in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      (memory + i).initialize(to: Float(state >> 40) * 0x1p-23 - 1)
    }
    kernel(memory)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in 0..<count { hash = (hash ^ UInt64(memory[i].bitPattern)) &* 0x100_0000_01b3 }
    print(name, terminator: " ")
    print(hash)
  }

  static func main() {
    reportFunctions()
    reportProducts()
    reportGates()
    reportLossAndUpdates()
  }

  private static func reportFunctions() {
    // From -100 to 100, beyond every bound inside.
    func stretched(_ x: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
      for i in 0..<count { x[i] *= 100 }
      return x
    }
    report("exp") { VectorKernels.exp(count: count, x: stretched($0), y: $0) }
    report("sigmoid") { VectorKernels.sigmoid(count: count, x: stretched($0), y: $0) }
    report("tanh") { VectorKernels.tanh(count: count, x: stretched($0), y: $0) }
    report("transpose") {
      VectorKernels.transpose(
        rows: 50, columns: 37, source: $0, sourceRow: 48, destination: $0 + 10_000,
        destinationRow: 64)
    }
  }

  private static func reportProducts() {
    for rows in [1, 2, 3, 4, 5, 6, 13] {
      report("multiply, row-major, from C, with sums") {
        VectorKernels.multiply(
          rows: rows, columns: 208, stripColumns: 64, depth: 67,
          a: $0, aRow: 80, aStrip: 64, aBlock: 67,
          b: $0 + 2_000, bRow: 208, bStrip: 64, start: $0 + 40_000, startRow: 208,
          startStrip: 64, c: $0 + 40_000, cRow: 208, cStrip: 64, columnSums: $0 + 60_000)
      }
      report("multiply, strips, from zero") {
        VectorKernels.multiply(
          rows: rows, columns: 112, stripColumns: 64, depth: 150,
          a: $0, aRow: 64, aStrip: 64 * rows, aBlock: 75,
          b: $0 + 4_000, bRow: 64, bStrip: 64 * 150, start: nil, startRow: 0,
          startStrip: 64, c: $0 + 40_000, cRow: 112, cStrip: 64, columnSums: nil)
      }
    }
  }

  /// Five rows of 48 units, the blocks of the gates 64 apart.
  private static func reportGates() {
    // Of states, beyond the gates.
    func place(_ number: Int, _ x: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
      x + 2_000 * number
    }
    for relu in [false, true] {
      report("rnnForward") {
        VectorKernels.rnnForward(
          rows: 5, units: 48, relu: relu, a: $0, aRow: 256, h: place(1, $0), hRow: 64)
      }
      report("rnnBackward") {
        VectorKernels.rnnBackward(
          rows: 5, units: 48, relu: relu, h: place(1, $0), hRow: 64, dH: place(2, $0), dHRow: 64,
          dA: $0, dARow: 256)
      }
    }
    report("lstmForward") {
      VectorKernels.lstmForward(
        rows: 5, units: 48, gates: $0, gateStride: 64, gatesRow: 256,
        previousC: place(1, $0), c: place(2, $0), h: place(3, $0), stateRow: 64)
    }
    report("lstmBackward") {
      VectorKernels.lstmBackward(
        rows: 5, units: 48, gates: $0, gateStride: 64, gatesRow: 256,
        previousC: place(1, $0), c: place(2, $0), dH: place(3, $0), stateRow: 64,
        dC: place(4, $0), dCRow: 64)
    }
    let gruForwards = [
      ("gruForward" as StaticString, VectorKernels.gruForward),
      ("gruCandidateForward", VectorKernels.gruCandidateForward),
    ]
    for (name, kernel) in gruForwards {
      report(name) { kernel(5, 48, $0, 64, 256, place(1, $0), place(2, $0), 64) }
    }
    report("gruResetForward") {
      VectorKernels.gruResetForward(
        rows: 5, units: 48, gates: $0, gateStride: 64, gatesRow: 256,
        previousH: place(1, $0), hRow: 64)
    }
    let gruBackwards = [
      ("gruBackward" as StaticString, VectorKernels.gruBackward),
      ("gruCandidateBackward", VectorKernels.gruCandidateBackward),
    ]
    for (name, kernel) in gruBackwards {
      report(name) { kernel(5, 48, $0, 64, 256, place(1, $0), place(2, $0), place(3, $0), 64) }
    }
    report("gruResetBackward") {
      VectorKernels.gruResetBackward(
        rows: 5, units: 48, gates: $0, gateStride: 64, gatesRow: 256,
        previousH: place(1, $0), dProduct: place(2, $0), dProductRow: 64,
        dPreviousH: place(3, $0), hRow: 64)
    }
  }

  private static func reportLossAndUpdates() {
    let ids: [Int32] = [7, 0, 29, 7, 12]
    report("softmaxCrossEntropy") {
      VectorKernels.softmaxCrossEntropy(
        rows: 5, classes: 90, x: $0, xRow: 64, xStrip: 400, targets: ids, scale: 0.2,
        losses: $0 + 1_000)
    }
    report("gatherRows") {
      VectorKernels.gatherRows(
        rows: 5, columns: 48, table: $0, tableRow: 64, ids: ids, bias: $0 + 5_000,
        y: $0 + 10_000, yRow: 64)
    }
    report("scatterRows") {
      VectorKernels.scatterRows(
        rows: 5, columns: 48, dY: $0, dYRow: 64, ids: ids, table: $0 + 10_000, tableRow: 64,
        dBias: $0 + 5_000)
    }
    report("sumOfSquares") { $0[0] = Float(VectorKernels.sumOfSquares(count: 50_000, x: $0)) }
    report("add") { VectorKernels.add(count: 20_000, x: $0, y: $0 + 20_000, z: $0 + 40_000) }
    report("sgdUpdate") {
      VectorKernels.sgdUpdate(count: 20_000, p: $0, g: $0 + 20_000, rate: 0.5, scale: 0.3)
    }
    report("adamUpdate") {
      for i in 48_000..<64_000 { $0[i] = abs($0[i]) }
      VectorKernels.adamUpdate(
        count: 16_000, p: $0, g: $0 + 16_000, m: $0 + 32_000, v: $0 + 48_000, scale: 0.3,
        rate: 0.002, rootCorrection: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    }
  }
}
