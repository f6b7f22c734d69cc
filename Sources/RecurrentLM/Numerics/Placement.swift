/// Places matrices one after another in flat memory, each at the start of a cache line.
final class Placement {
  /// Floats placed so far.
  private(set) var count = 0
  private let base: UnsafeMutablePointer<Float>
  private let capacity: Int

  init(base: UnsafeMutablePointer<Float>, capacity: Int) {
    self.base = base
    self.capacity = capacity
  }

  /// Adds up the sizes of matrices that have no memory yet: they must not be read or written.
  static func measuring() -> Placement {
    Placement(base: Arena.addressOfNothing(), capacity: .max)
  }

  /// A matrix of `rows` x `columns`, whose rows begin on cache lines.
  func matrix(rows: Int, columns: Int, element: Element = .float) -> Matrix {
    let stride = Matrix.stride(columns: columns)
    return Matrix(
      base: take(rows * stride), rows: rows, columns: columns, rowStride: stride, element: element)
  }

  /// A matrix in panels of `rows` x (`blocks` x `blockColumns`).
  func panels(
    rows: Int, blockColumns: Int, blocks: Int = 1, element: Element = .float
  ) -> PanelMatrix {
    let size =
      blocks * PanelMatrix.panels(columns: blockColumns)
      * PanelMatrix.panelStride(rows: rows, blockColumns: blockColumns)
    return PanelMatrix(
      base: take(size), rows: rows, blockColumns: blockColumns, blocks: blocks, element: element)
  }

  /// A right factor of products, in panels; int8 has a row of scales in each.
  func factor(rows: Int, blockColumns: Int, blocks: Int, _ element: Element) -> PanelMatrix {
    guard case .quad = element else {
      return panels(rows: rows, blockColumns: blockColumns, blocks: blocks, element: element)
    }
    return panels(rows: rows + 1, blockColumns: blockColumns, blocks: blocks, element: element)
      .scaledByLastRow
  }

  private func take(_ size: Int) -> UnsafeMutablePointer<Float> {
    precondition(count + size <= capacity, "a matrix outside the buffer")
    defer { count += size }
    return base + count
  }
}
