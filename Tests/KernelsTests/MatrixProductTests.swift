import KernelOperands
import Testing

/// The operands of C = S + A B, with an S for each of the places where a sum may start.
private struct Product {
  enum Start: CaseIterable {
    case zero, bias, itself
  }

  let a, b, bias, c: Grid

  /// Unless the sum starts from C, what C holds before is not a number.
  ///
  /// - Parameters:
  ///   - aBlock: the columns of A's blocks if it is handed over panel by panel, each block apart.
  ///   - packed: whether B is handed over panel by panel.
  ///   - sums: where the sums of B's columns go.
  func result(
    from start: Start = .zero, aBlock: Int? = nil, packed: Bool = false,
    sums: UnsafeMutablePointer<Float>? = nil, on build: InstructionSet
  ) -> Grid {
    let paneledA = aBlock.map { a.panels(ofBlocks: $0) } ?? a.floats
    let packedB = packed ? b.panels(ofBlocks: b.columns) : b.floats
    var result = start == .itself ? c : Grid(c.rows, c.columns, padding: c.padding) { .nan }
    result.floats.withUnsafeMutableBufferPointer { floats in
      multiply(
        (paneledA, aBlock == nil ? a.stride : 64, aBlock == nil ? 64 : 64 * a.rows + 16),
        aPanel: aBlock == nil ? a.columns : 64, aBlock: aBlock ?? a.columns,
        (packedB, packed ? 64 : b.stride, packed ? 64 * b.rows + 16 : 64),
        from: start, into: floats, row: c.stride, panel: 64, columns: 64, sums: sums, on: build)
    }
    return result
  }

  /// The same with B, C and, where it is C, S in panels of so many columns, each apart.
  func result(from start: Start, inPanelsOf width: Int, on build: InstructionSet) -> Grid {
    let bPanels = b.panels(ofBlocks: width)
    var cPanels = start == .itself ? c.panels(ofBlocks: width) : []
    let panelCount = (c.columns + width - 1) / width
    let (bPanel, cPanel) = (64 * b.rows + 16, 64 * c.rows + 16)
    if cPanels.isEmpty { cPanels = [Float](repeating: .nan, count: panelCount * cPanel) }
    cPanels.withUnsafeMutableBufferPointer { floats in
      multiply(
        (a.floats, a.stride, 64), aPanel: a.columns, aBlock: a.columns, (bPanels, 64, bPanel),
        from: start,
        into: floats, row: 64, panel: cPanel, columns: width, on: build)
    }
    return Grid(c.rows, c.columns, padding: c.padding, panels: cPanels, ofBlocks: width)
  }

  /// - Parameters:
  ///   - a: and `b`: the floats, and from a row and from a panel to the next.
  ///   - aPanel: the columns of A's panels.
  ///   - columns: of a panel of B and C.
  private func multiply(
    _ a: (floats: [Float], row: Int, panel: Int), aPanel: Int, aBlock: Int,
    _ b: (floats: [Float], row: Int, panel: Int), from start: Start,
    into c: UnsafeMutableBufferPointer<Float>, row: Int, panel: Int, columns: Int,
    sums: UnsafeMutablePointer<Float>? = nil, on build: InstructionSet
  ) {
    a.floats.withUnsafeBufferPointer { aFloats in
      b.floats.withUnsafeBufferPointer { bFloats in
        bias.floats.withUnsafeBufferPointer { bias in
          guard let aBase = aFloats.baseAddress, let bBase = bFloats.baseAddress,
            let cBase = c.baseAddress, let biasBase = bias.baseAddress
          else { return }
          let origin: ProductMatrix<UnsafePointer<Float>>? =
            switch start {
            case .zero: nil
            case .bias: ProductMatrix(base: biasBase, rowStride: 0, panelStride: columns)
            case .itself:
              ProductMatrix(base: UnsafePointer(cBase), rowStride: row, panelStride: panel)
            }
          build.kernels.multiply(
            ProductOperands(
              rows: self.c.rows, columns: self.c.columns, depth: self.b.rows,
              panelColumns: columns,
              a: ProductMatrix(base: aBase, rowStride: a.row, panelStride: a.panel),
              aPanelColumns: aPanel, aBlockColumns: aBlock,
              b: ProductMatrix(base: bBase, rowStride: b.row, panelStride: b.panel),
              start: origin,
              c: ProductMatrix(base: cBase, rowStride: row, panelStride: panel),
              columnSums: sums))
        }
      }
    }
  }

  /// The sums of B's columns, whatever was in their place before.
  func sums(packed: Bool = false, on build: InstructionSet) -> Grid {
    var sums = Grid(1, b.columns, padding: 3) { .nan }
    _ = result(packed: packed, sums: &sums.floats, on: build)
    return sums
  }

  func naiveColumnSums() -> Grid {
    var sums = Grid(1, b.columns, padding: 3)
    for column in 0..<b.columns {
      sums[0, column] = (0..<b.rows).reduce(0) { $0 + b[$1, column] }
    }
    return sums
  }

  /// A B by the definition.
  func naiveSums() -> [[Double]] {
    let depth = Array(0..<b.rows)
    let transposedB = b.transposed()
    let columnsOfB = (0..<c.columns).map { transposedB[$0, depth] }
    return (0..<c.rows).map { row in
      let rowOfA = a[row, depth]
      return columnsOfB.map { columnOfB in
        var sum = 0.0
        for k in depth { sum += rowOfA[k] * columnOfB[k] }
        return sum
      }
    }
  }

  func naiveResult(from start: Start = .zero, _ sums: [[Double]]) -> Grid {
    var result = c
    for row in 0..<c.rows {
      for column in 0..<c.columns {
        let first =
          switch start {
          case .zero: 0.0
          case .bias: bias[0, column]
          case .itself: c[row, column]
          }
        result[row, column] = first + sums[row][column]
      }
    }
    return result
  }
}

/// The sizes of a product, and how far the rows of its matrices lie apart beyond their width.
struct ProductShape: CustomTestStringConvertible {
  let rows, columns, depth, padding: Int

  /// Every number of rows meets every number of columns and every depth.
  static let all = (0..<77).map { number in
    ProductShape(
      rows: [1, 2, 3, 5, 6, 7, 12, 13, 18, 31, 97][number % 11],
      columns: [16, 32, 48, 64, 80, 112, 208][number % 7],
      depth: [1, 3, 63, 64, 65, 130][number % 6],
      padding: [0, 3, 16, 5][number % 4])
  }

  var testDescription: String { "\(rows) x \(columns), depth \(depth), padding \(padding)" }

  fileprivate func product(of element: (inout Draws) -> Float) -> Product {
    var draws = Draws(seed: rows + columns + depth)
    func grid(_ rows: Int, _ columns: Int) -> Grid {
      Grid(rows, columns, padding: padding) { element(&draws) }
    }
    return Product(
      a: grid(rows, depth), b: grid(depth, columns), bias: grid(1, columns),
      c: grid(rows, columns))
  }
}

@Suite struct MatrixProductTests {
  @Test(arguments: ProductShape.all)
  func everyElementIsTheSumOfItsProducts(_ shape: ProductShape) {
    let product = shape.product { $0.integer() }
    let sums = product.naiveSums()
    for start in Product.Start.allCases {
      let expected = product.naiveResult(from: start, sums)
      for build in builds {
        #expect(
          product.result(from: start, on: build).error(from: expected) == 0,
          "\(build) from \(start)")
        #expect(
          product.result(from: start, packed: true, on: build).error(from: expected) == 0,
          "\(build) from \(start), B packed")
        let block = [1, 16, 64, 80][shape.rows % 4]
        #expect(
          product.result(from: start, aBlock: block, packed: true, on: build)
            .error(from: expected) == 0, "\(build) from \(start), A in blocks of \(block)")
      }
    }
  }

  @Test(arguments: ProductShape.all)
  func theResultMayLieInPanels(_ shape: ProductShape) {
    let product = shape.product { $0.fraction() }
    for start in Product.Start.allCases {
      for build in builds {
        let expected = product.result(from: start, on: build)
        for width in [16, 32, 48, 64] {
          #expect(
            product.result(from: start, inPanelsOf: width, on: build)
              .error(from: expected) == 0, "\(build) from \(start), panels of \(width)")
        }
      }
    }
  }

  /// Depths beyond the pieces in which a panel of B is taken, with few and with many rows of C.
  @Test(arguments: builds, [(2, 80, 1285), (13, 80, 2660)])
  func productsOfSeveralPiecesAreWhole(_ build: InstructionSet, _ size: (Int, Int, Int)) {
    let product = ProductShape(rows: size.0, columns: size.1, depth: size.2, padding: 5)
      .product { $0.integer() }
    let expected = product.naiveResult(from: .itself, product.naiveSums())
    for packed in [false, true] {
      let result = product.result(from: .itself, packed: packed, on: build)
      #expect(result.error(from: expected) == 0)
      let paneled = product.result(from: .itself, aBlock: 80, packed: packed, on: build)
      #expect(paneled.error(from: expected) == 0)
      #expect(product.sums(packed: packed, on: build).error(from: product.naiveColumnSums()) == 0)
    }
  }

  @Test(arguments: ProductShape.all)
  func columnsOfTheRightFactorAreSummedOnDemand(_ shape: ProductShape) {
    let product = shape.product { $0.integer() }
    let expected = product.naiveColumnSums()
    for build in builds {
      for packed in [false, true] {
        let sums = product.sums(packed: packed, on: build)
        #expect(sums.error(from: expected) == 0, "\(build), packed: \(packed)")
      }
      var sums = expected
      let result = product.result(sums: &sums.floats, on: build)
      #expect(result.hasSameBits(as: product.result(on: build)), "\(build)")
    }
  }

  /// The k-th multiply-add rounds a sum of at most the k products before it, twice if not fused.
  @Test(arguments: builds)
  func roundingErrorsGrowWithTheDepthAtMost(_ build: InstructionSet) {
    let shape = ProductShape(rows: 13, columns: 112, depth: 130, padding: 0)
    let product = shape.product { $0.fraction().magnitude }
    let expected = product.naiveResult(from: .itself, product.naiveSums())
    let error = product.result(from: .itself, on: build).error(from: expected)
    #expect(error < Double(shape.depth + 1) * roundoff)
  }

  /// What lets threads share the rows and columns of a product in any way.
  @Test(arguments: builds)
  func everyPartOfAProductHasTheBitsOfTheWhole(_ build: InstructionSet) {
    let shape = ProductShape(rows: 103, columns: 208, depth: 130, padding: 0)
    let product = shape.product { $0.fraction() }
    let whole = product.result(from: .itself, on: build)
    func expectSameBits(_ rows: Range<Int>, _ columns: Range<Int>) {
      let part = Product(
        a: product.a.block(rows, 0..<shape.depth), b: product.b.block(0..<shape.depth, columns),
        bias: product.bias, c: product.c.block(rows, columns))
      #expect(
        part.result(from: .itself, on: build).hasSameBits(as: whole.block(rows, columns)),
        "rows \(rows), columns \(columns)")
    }
    for split in [1, 2, 5, 6, 7, 51, 96, 97, 102] {
      expectSameBits(0..<split, 0..<shape.columns)
      expectSameBits(split..<shape.rows, 0..<shape.columns)
    }
    for column in stride(from: 0, to: shape.columns, by: 16) {
      expectSameBits(0..<shape.rows, column..<column + 16)
      expectSameBits(0..<shape.rows, column..<shape.columns)
    }
  }

  @Test(.enabled(if: builds.contains(.avx512)), arguments: ProductShape.all)
  func avx2AndAVX512GiveTheSameBits(_ shape: ProductShape) {
    let product = shape.product { $0.fraction() }
    for start in Product.Start.allCases {
      #expect(
        product.result(from: start, on: .avx2)
          .hasSameBits(as: product.result(from: start, on: .avx512)), "from \(start)")
    }
  }

  @Test(arguments: builds, [(1, 1), (3, 5), (16, 16), (17, 33), (31, 64), (1, 40), (50, 2)])
  func transposeSwapsRowsAndColumns(_ build: InstructionSet, _ size: (rows: Int, columns: Int)) {
    var draws = Draws(seed: 2)
    let source = draws.fractions(size.rows, size.columns, padding: 3)
    var found = Grid(size.columns, size.rows, padding: 5)
    build.kernels.transpose(
      rows: size.rows, columns: size.columns, source: source.floats, sourceRow: source.stride,
      destination: &found.floats, destinationRow: found.stride)
    #expect(found.hasSameBits(as: source.transposed(padding: 5)))
  }
}
