import RecurrentLM

/// The places of a text that surprised a model most.
struct SurprisingPlaces {
  private struct Entry {
    let place: Place
    let position: Int
    let scalar: Unicode.Scalar
    let bits: Double
    let expected: String
  }

  private static let limit = 10
  /// Of the model.
  private let tokens: [String]
  private var worst = Largest<Entry>(limit: limit)

  init(tokens: [String]) { self.tokens = tokens }

  mutating func take(_ character: MeasuredCharacter) {
    guard let bits = character.bits, worst.admits(bits) else { return }
    worst.insert(
      Entry(
        place: character.place, position: character.position, scalar: character.scalar, bits: bits,
        expected: expectation(character, tokens: tokens)), value: bits)
  }

  /// Writes them as a list.
  func write(of text: MeasuredText, _ console: Console) throws {
    let entries = worst.sorted
    guard !entries.isEmpty else { return }
    let places = entries.map { place(of: $0, in: text) }
    let placeWidth = places.map { columns(of: $0) }.max() ?? 0
    let expectedWidth = entries.map { columns(of: $0.expected) }.max() ?? 0
    try console.line("")
    try console.line(
      StyledText("the most surprising places (bits, place, character, expected, text)", .bold)
        .prefix(columns: console.abilities.columns()))
    for (entry, place) in zip(entries, places) {
      var line = StyledText(rightAligned(fixed(entry.bits, decimals: 1), columns: 5))
      line.append("  " + padded(place, columns: placeWidth) + "  ")
      line.append(padded(named(entry.scalar), columns: 2) + "  ", .bold)
      line.append(padded(entry.expected, columns: expectedWidth) + "  ", .dim)
      line += context(of: entry, in: text)
      try console.line(line.prefix(columns: console.abilities.columns()))
    }
  }

  private func place(of entry: Entry, in text: MeasuredText) -> String {
    guard text.hasLines else { return "character \(entry.position + 1)" }
    let file = text.sources.count > 1 ? text.sources[entry.place.source].name + ":" : ""
    return "\(file)\(entry.place.line):\(entry.place.column)"
  }

  /// The character among those around it.
  private func context(of entry: Entry, in text: MeasuredText) -> StyledText {
    let position = entry.position
    let before = text.characters(max(0, position - 12)..<position)
    var context = StyledText(before.map(shown).joined())
    context.append(shown(entry.scalar), .shade(Shade(surprisalBits: entry.bits)))
    context.append(text.characters(position + 1..<position + 20).map(shown).joined())
    return context
  }
}

/// What a model expected: `e 62% a 11%`.
func expectation(_ character: MeasuredCharacter, tokens: [String], count: Int = 2) -> String {
  // The token for unknown characters is a word.
  let likely = character.expected(count + 1).filter {
    tokens[Int($0.token)].unicodeScalars.count == 1
  }
  return likely.prefix(count).map { candidate in
    let scalar = tokens[Int(candidate.token)].unicodeScalars.first ?? " "
    return "\(named(scalar)) \(fixed(100 * candidate.probability, decimals: 0))%"
  }.joined(separator: " ")
}

/// A character that is seen on its own.
private func named(_ scalar: Unicode.Scalar) -> String { scalar == " " ? "␣" : shown(scalar) }

/// The elements with the largest values, of equal ones the first.
struct Largest<Element> {
  private let limit: Int
  /// In the order of their values, the largest first.
  private var entries: [(element: Element, value: Double)] = []

  init(limit: Int) { self.limit = limit }

  /// Whether an element of this value would be kept.
  func admits(_ value: Double) -> Bool {
    guard entries.count == limit, let last = entries.last else { return true }
    return value > last.value
  }

  mutating func insert(_ element: Element, value: Double) {
    guard admits(value), !value.isNaN else { return }
    if entries.count == limit { entries.removeLast() }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].value >= value { low = middle + 1 } else { high = middle }
    }
    entries.insert((element, value), at: low)
  }

  /// The largest first.
  var sorted: [Element] { entries.map(\.element) }
}
