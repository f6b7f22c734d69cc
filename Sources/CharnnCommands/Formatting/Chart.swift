/// A chart of the perplexity by epochs for a terminal: a line that names the curves, the curves in
/// braille characters, eight dots each, and the numbers of epochs.
///
/// - Parameters:
///   - columns: no line is wider.
///   - rows: of the whole chart.
/// - Returns: the lines; none where there is nothing to show, or no room.
func chart(_ curve: LearningCurve, columns: Int, rows: Int) -> [StyledText] {
  let axes = LearningCurve.axes([curve])
  let ticks = axes.perplexity.ticks(atMost: max(2, (rows - 2) / 2))
  let margin = (ticks.map { tickText($0).count }.max() ?? 0) + 2
  guard rows >= 5, columns >= margin + 12, !curve.points.isEmpty else { return [] }
  var dots = BrailleDots(columns: min(columns, 120) - margin, rows: rows - 2)
  func place(_ point: LearningCurve.Point) -> (x: Double, y: Double) {
    (axes.epochs.fraction(of: point.epoch), 1 - axes.perplexity.fraction(of: point.perplexity))
  }
  dots.draw(curve.training.map(place), .training)
  dots.draw(curve.heldOut.map(place), .heldOut, isDotted: true)
  if let best = curve.best { dots.mark(place(best)) }
  return [legend(curve, columns: columns)]
    + withTicks(ticks, axes.perplexity, margin, dots.lines)
    + [epochLine(axes.epochs, margin: margin, width: dots.columns)]
}

/// Names the measure and the curves, as far as there is room.
private func legend(_ curve: LearningCurve, columns limit: Int) -> StyledText {
  var parts: [StyledText] = [StyledText(curve.measure)]
  if !curve.training.isEmpty { parts.append(StyledText("⠒⠒ in training", .training)) }
  if !curve.heldOut.isEmpty { parts.append(StyledText("⠂⠂ held out", .heldOut)) }
  if let best = curve.best {
    let epoch = best.epoch == best.epoch.rounded() ? "" : "about "
    parts.append(
      StyledText("● ", .bold)
        + "best \(perplexityText(best.perplexity)), \(epoch)epoch \(epochText(best.epoch))")
  }
  return parts.dropFirst().reduce(parts[0]) { line, part in
    var longer = line + "  "
    longer += part
    return columns(of: longer.plain) <= limit ? longer : line
  }.prefix(columns: limit)
}

/// Lines with the values of the vertical axis to the left of them.
private func withTicks(
  _ ticks: [Double], _ scale: AxisScale, _ margin: Int, _ lines: [StyledText]
) -> [StyledText] {
  var labels: [Int: String] = [:]
  for tick in ticks {
    let row = Int(((1 - scale.fraction(of: tick)) * Double(lines.count - 1)).rounded())
    labels[row] = tickText(tick)
  }
  return lines.enumerated().map { row, line in
    let label = labels[row] ?? ""
    let space = String(repeating: " ", count: max(0, margin - 2 - label.count))
    var labelled = StyledText("\(space)\(label) \(label.isEmpty ? "│" : "┤")", .dim)
    labelled += line
    return labelled
  }
}

/// The numbers of some epochs below their places, and what they are.
private func epochLine(_ scale: AxisScale, margin: Int, width: Int) -> StyledText {
  let unit = "epochs"
  var line = String(repeating: " ", count: margin)
  for tick in scale.ticks(atMost: max(2, width / 12)) {
    let label = tickText(tick)
    let middle = margin + Int(scale.fraction(of: tick) * Double(width - 1))
    let start = max(margin, middle - (label.count - 1) / 2)
    guard start == margin || start > line.count, start + label.count <= margin + width else {
      continue
    }
    line += String(repeating: " ", count: start - line.count) + label
  }
  let isRoom = line.count + 1 + unit.count <= margin + width
  return StyledText(isRoom ? "\(line) \(unit)" : line, .dim)
}

/// Curves of dots, two by four in a braille character.
private struct BrailleDots {
  let columns: Int
  let rows: Int
  /// (rows x columns), row-major.
  private var cells: [Cell]

  private struct Cell {
    /// The character's offset from U+2800.
    var pattern: UInt32 = 0
    var style: Style?
    var isMarked = false

    var isDrawn: Bool { isMarked || pattern != 0 }

    var text: String {
      if isMarked { return "●" }
      return pattern == 0 ? " " : Unicode.Scalar(0x2800 + pattern).map { String($0) } ?? " "
    }
  }

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: Cell(), count: columns * rows)
  }

  /// A line through points.
  ///
  /// - Parameter points: x from 0, left, to 1, and y from 0, top, to 1.
  mutating func draw(_ points: [(x: Double, y: Double)], _ style: Style, isDotted: Bool = false) {
    for (start, end) in zip(points.prefix(1) + points, points) {
      let (startX, startY) = dot(start)
      let (endX, endY) = dot(end)
      let count = max(abs(endX - startX), abs(endY - startY), 1)
      for step in 0...count {
        let fraction = Double(step) / Double(count)
        let x = startX + Int((fraction * Double(endX - startX)).rounded())
        let y = startY + Int((fraction * Double(endY - startY)).rounded())
        if !isDotted || x.isMultiple(of: 2) { set(x, y, style) }
      }
    }
  }

  /// A point that stands out.
  mutating func mark(_ point: (x: Double, y: Double)) {
    let (x, y) = dot(point)
    cells[y / 4 * columns + x / 2].isMarked = true
  }

  private func dot(_ point: (x: Double, y: Double)) -> (x: Int, y: Int) {
    (
      Int((point.x * Double(2 * columns - 1)).rounded()),
      Int((point.y * Double(4 * rows - 1)).rounded())
    )
  }

  private mutating func set(_ x: Int, _ y: Int, _ style: Style) {
    // Dots 1 to 3 and 7 of the left half, 4 to 6 and 8 of the right one.
    let bits: [UInt32] = x.isMultiple(of: 2) ? [0x01, 0x02, 0x04, 0x40] : [0x08, 0x10, 0x20, 0x80]
    let cell = y / 4 * columns + x / 2
    cells[cell].pattern |= bits[y % 4]
    cells[cell].style = style
  }

  var lines: [StyledText] {
    (0..<rows).map { row in
      var line = StyledText()
      let used = cells[row * columns..<(row + 1) * columns]
      let end = used.lastIndex { $0.isDrawn }.map { $0 + 1 } ?? used.startIndex
      for cell in used[..<end] {
        line.append(cell.text, cell.isMarked ? .bold : cell.style)
      }
      return line
    }
  }
}
