/// A matrix in the order in which products read their right factor: in panels, runs of up to 64
/// columns that lie together, row after row. Its columns may come in blocks, such as gates; each block
/// starts a new panel.
///
/// A cache line between panels keeps their rows from falling into the same few sets of the cache.
struct PanelMatrix: ProductOperand, @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let blocks: Int
  let blockColumns: Int
  /// From one row of a panel to the next, in floats: the width of panels in memory.
  let rowStride: Int
  /// From one panel to the next. Where this is a view of some rows, still that of the whole matrix.
  let panelStride: Int
  /// Of a panel, at most: 64, or as many pairs or quads as take the place of 64 floats.
  let panelColumns: Int
  let element: Element
  /// Where the scales of the first panel's columns begin, if this is a right factor of int8: a row in each
  /// panel.
  let scales: UnsafeMutablePointer<Float>?

  static let panelWidth = kernels.panelWidth

  static func panels(columns: Int) -> Int { (columns + panelWidth - 1) / panelWidth }

  /// From a panel to the next, in floats.
  static func panelStride(rows: Int, blockColumns: Int) -> Int {
    rows * rowStride(blockColumns: blockColumns) + 16
  }

  /// Blocks of up to half a panel are stored as narrow as they are; 48 columns are read faster from
  /// rows of 64 than from rows of 48.
  private static func rowStride(blockColumns: Int) -> Int {
    blockColumns <= panelWidth / 2 ? blockColumns : panelWidth
  }

  var columns: Int { blocks * blockColumns }
  var isTransposed: Bool { false }
  private var panelsPerBlock: Int { (blockColumns + panelColumns - 1) / panelColumns }
  var panels: Int { blocks * panelsPerBlock }
  /// From a block to the next.
  var blockStride: Int { panelsPerBlock * panelStride }

  init(
    base: UnsafeMutablePointer<Float>, rows: Int, blockColumns: Int, blocks: Int = 1,
    element: Element = .float
  ) {
    self.init(
      base: base, rows: rows, blockColumns: blockColumns, blocks: blocks,
      rowStride: PanelMatrix.rowStride(blockColumns: blockColumns),
      panelStride: PanelMatrix.panelStride(rows: rows, blockColumns: blockColumns),
      panelColumns: PanelMatrix.panelWidth, element: element, scales: nil)
  }

  private init(
    base: UnsafeMutablePointer<Float>, rows: Int, blockColumns: Int, blocks: Int,
    rowStride: Int, panelStride: Int, panelColumns: Int, element: Element,
    scales: UnsafeMutablePointer<Float>?
  ) {
    self.base = base
    self.rows = rows
    self.blockColumns = blockColumns
    self.blocks = blocks
    self.rowStride = rowStride
    self.panelStride = panelStride
    self.panelColumns = panelColumns
    self.element = element
    self.scales = scales
  }

  /// The same memory with other sizes.
  ///
  /// - Parameters:
  ///   - panelOffset: from the first panel to that of the view, in floats.
  ///   - row: the first of the view.
  func view(
    from panelOffset: Int = 0, row: Int = 0, rows: Int? = nil, blockColumns: Int? = nil,
    blocks: Int? = nil, panelStride: Int? = nil, panelColumns: Int? = nil, element: Element? = nil
  ) -> PanelMatrix {
    PanelMatrix(
      base: base + panelOffset + row * rowStride, rows: rows ?? self.rows,
      blockColumns: blockColumns ?? self.blockColumns, blocks: blocks ?? self.blocks,
      rowStride: rowStride, panelStride: panelStride ?? self.panelStride,
      panelColumns: panelColumns ?? self.panelColumns, element: element ?? self.element,
      scales: scales.map { $0 + panelOffset })
  }

  /// The rows above the last, which are scaled by what stands in the last.
  var scaledByLastRow: PanelMatrix {
    PanelMatrix(
      base: base, rows: rows - 1, blockColumns: blockColumns, blocks: blocks, rowStride: rowStride,
      panelStride: panelStride, panelColumns: panelColumns, element: element,
      scales: base + (rows - 1) * rowStride)
  }

  func blocks(_ range: Range<Int>) -> PanelMatrix {
    precondition(0 <= range.lowerBound && range.upperBound <= blocks, "blocks out of bounds")
    return view(from: range.lowerBound * blockStride, blocks: range.count)
  }

  func block(_ index: Int) -> PanelMatrix { blocks(index..<index + 1) }

  func rows(_ range: Range<Int>) -> PanelMatrix {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows out of bounds")
    return view(row: range.lowerBound, rows: range.count)
  }

  /// Some columns of a matrix of one block; the first must start a panel.
  func columns(_ range: Range<Int>) -> PanelMatrix {
    precondition(
      blocks == 1 && range.lowerBound.isMultiple(of: panelColumns)
        && range.upperBound <= columns, "columns that do not begin a panel")
    return view(
      from: range.lowerBound / panelColumns * panelStride, blockColumns: range.count)
  }

  /// The `index`-th panel of each block, as a matrix whose blocks are those panels.
  func panel(ofEachBlock index: Int) -> PanelMatrix {
    precondition(0 <= index && index < panelsPerBlock, "panel out of bounds")
    return view(
      from: index * panelStride, blockColumns: columns(ofPanel: index).count,
      panelStride: blockStride)
  }

  /// The block that a panel belongs to.
  func block(ofPanel index: Int) -> Int { index / panelsPerBlock }

  /// The number among all panels of the `index`-th panel of a block.
  func panel(_ index: Int, ofBlock block: Int) -> Int { block * panelsPerBlock + index }

  /// The columns that a panel holds.
  func columns(ofPanel index: Int) -> Range<Int> {
    let block = block(ofPanel: index)
    let first = (index - block * panelsPerBlock) * panelColumns
    let end = min(first + panelColumns, blockColumns)
    return block * blockColumns + first..<block * blockColumns + end
  }

  /// One panel, as a matrix of up to 64 columns.
  func panel(_ index: Int) -> Matrix {
    precondition(0 <= index && index < panels, "panel out of bounds")
    return Matrix(
      base: base + index * panelStride, rows: rows, columns: columns(ofPanel: index).count,
      rowStride: rowStride, element: element, scales: scales.map { $0 + index * panelStride })
  }

  /// Calls `body` with the number of each panel, once among all workers: panels go to whoever is free,
  /// so the workers must meet before one reads what was written.
  func forEachPanel(dividedBy worker: Worker, _ body: (Int) -> Void) {
    worker.forEachPart(of: panels, length: 1) { body($0.lowerBound) }
  }

  /// The elements of a row, in the order of the columns.
  func values(ofRow row: Int) -> [Float] {
    precondition(0 <= row && row < rows, "row out of bounds")
    return (0..<panels).flatMap { index in
      let panel = panel(index).rows(row..<row + 1)
      return UnsafeBufferPointer(start: panel.base, count: panel.columns)
    }
  }
}
