import CSIMD

extension VectorKernels {
  /// Destination (columns, rows) = source (rows, columns) transposed. Any sizes.
  public static func transpose(
    rows: Int, columns: Int, source: UnsafePointer<Float>, sourceRow: Int,
    destination: UnsafeMutablePointer<Float>, destinationRow: Int
  ) {
    for row in stride(from: 0, to: rows, by: 16) {
      for column in stride(from: 0, to: columns, by: 16) {
        let from = source + row * sourceRow + column
        let to = destination + column * destinationRow + row
        if rows - row >= 16 && columns - column >= 16 {
          csimd_transpose_16x16(from, sourceRow, to, destinationRow)
        } else {
          for j in 0..<min(16, columns - column) {
            for i in 0..<min(16, rows - row) {
              to[j * destinationRow + i] = from[i * sourceRow + j]
            }
          }
        }
      }
    }
  }
}
