import RecurrentLM

/// The lines of a text with their bits per character, in order or the worst ones only.
final class LineReport: TextReport {
  private let console: Console
  private let text: MeasuredText
  private let asJSON: Bool
  private var collector: LineCollector
  private var worst: Largest<MeasuredLine>?
  /// Columns of a line's number.
  private let numberWidth: Int
  /// By source, how its file is named on a terminal: the end of its name, which tells files of one folder
  /// apart.
  private let shortNames: [String]

  /// - Parameters:
  ///   - other: the bits of each line under another model.
  ///   - worst: how many lines, the worst first; nil: all, in order.
  init(
    _ text: MeasuredText, other: [Double]?, worst: Int?, asJSON: Bool, _ console: Console
  ) {
    self.console = console
    self.text = text
    self.asJSON = asJSON
    collector = LineCollector(other: other)
    self.worst = worst.map { Largest(limit: $0) }
    numberWidth = String(text.lineCountLimit).count
    let names = text.sources.map { String(visible($0.name).suffix(24)) }
    let width = names.map { columns(of: $0) }.max() ?? 0
    shortNames = names.count > 1 ? names.map { padded($0, columns: width) + " " } : [""]
  }

  func take(_ character: MeasuredCharacter) throws { try collector.take(character).map(take) }

  func finish() throws {
    try collector.finish().map(take)
    try worst?.sorted.forEach(write)
  }

  private func take(_ line: MeasuredLine) throws {
    guard worst != nil else { return try write(line) }
    if let badness = line.badness { worst?.insert(line, value: badness) }
  }

  private func write(_ line: MeasuredLine) throws {
    if asJSON { return try console.line(object(line)) }
    guard console.abilities.outputIsTerminal else { return try console.line(row(line)) }
    try console.line(aligned(line).prefix(columns: console.abilities.columns()))
  }

  private func name(_ line: MeasuredLine) -> String { text.sources[line.place.source].name }

  private func figures(_ line: MeasuredLine, decimals: Int) -> [String] {
    let all = [line.bitsPerCharacter, line.otherBitsPerCharacter, line.difference]
    return all.prefix(line.otherBits == nil ? 1 : 3).map {
      $0.map { fixed($0, decimals: decimals) } ?? "-"
    }
  }

  private func row(_ line: MeasuredLine) -> String {
    ([escaped(name(line)), "\(line.place.line)"] + figures(line, decimals: 3)
      + ["\(line.characters)", escaped(line.text)]).joined(separator: "\t")
  }

  private func aligned(_ line: MeasuredLine) -> StyledText {
    var row = StyledText()
    for (index, figure) in figures(line, decimals: 2).enumerated() {
      // The last one is what the line is judged by.
      let isLast = index == (line.otherBits == nil ? 0 : 2)
      row.append(
        rightAligned(figure, columns: 6) + " ", isLast ? line.shade.map(Style.shade) : nil)
    }
    let file = shortNames[line.place.source]
    row.append(" \(file)\(rightAligned("\(line.place.line)", columns: numberWidth))  ", .dim)
    row += line.shaded
    return row
  }

  private func object(_ line: MeasuredLine) -> String {
    var object = JSONLine()
    object.add("event", "line")
    object.add("file", name(line))
    object.add("line", line.place.line)
    object.add("bits_per_character", line.bitsPerCharacter ?? .nan)
    if line.otherBits != nil {
      object.add("other_bits_per_character", line.otherBitsPerCharacter ?? .nan)
      object.add("difference", line.difference ?? .nan)
    }
    object.add("characters", line.characters)
    object.add("text", line.text)
    return object.text
  }
}

/// The bits of each line, to compare another model with.
final class LineBits: TextReport {
  private(set) var bits: [Double] = []
  private var collector = LineCollector()

  func take(_ character: MeasuredCharacter) {
    collector.take(character).map { bits.append($0.bits) }
  }

  func finish() { collector.finish().map { bits.append($0.bits) } }
}

/// Counts the lines that each of two models predicts better.
final class LineCount: TextReport {
  private(set) var better = 0
  private(set) var otherBetter = 0
  private var collector: LineCollector

  init(other: [Double]) { collector = LineCollector(other: other) }

  func take(_ character: MeasuredCharacter) { collector.take(character).map(count) }

  func finish() { collector.finish().map(count) }

  private func count(_ line: MeasuredLine) {
    guard let difference = line.difference else { return }
    if difference < 0 { better += 1 }
    if difference > 0 { otherBetter += 1 }
  }
}
