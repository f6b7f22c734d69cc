import RecurrentLM

/// A unit, and its activity after each character of a text.
struct CellReport {
  let unit: Unit
  /// nil of a unit that was asked for.
  let telling: TellingUnit?
  let activities: [Float]

  /// By which activities are divided to be shaded: the largest there is.
  var scale: Float { activities.map { abs($0) }.max().flatMap { $0 > 0 ? $0 : nil } ?? 1 }

  /// `2:117, inside quotation marks (r = +0.83)`
  private var title: String {
    unit.name + (telling.map { ", \($0.feature) (r = \($0.correlationText))" } ?? "")
  }

  /// The text with each character shaded by the unit's activity, from blue for the most negative to red.
  func shadedText(_ characters: [Unicode.Scalar]) -> StyledText {
    var text = StyledText()
    text.append(title, .bold)
    let (least, most) = (activities.min() ?? 0, activities.max() ?? 0)
    text.append(
      "\nfrom \(fixed(Double(least), decimals: 2)) to \(fixed(Double(most), decimals: 2))\n", .dim)
    let scale = scale
    for (character, activity) in zip(characters, activities) {
      let shade = Shade(Double(activity / scale))
      // A line end has a column of its own, to be seen.
      text.append(
        character == "\n" ? " " : String(character), shade.level == 0 ? nil : .shade(shade))
      if character == "\n" { text.append("\n") }
    }
    if characters.last != "\n" { text.append("\n") }
    return text
  }

  /// What units do at each character, separated by tabs.
  static func table(_ cells: [CellReport], _ characters: [Unicode.Scalar]) -> String {
    let header = "position\tcharacter" + cells.map { "\t\($0.title)" }.joined()
    return
      ([header]
      + characters.enumerated().map { position, character in
        "\(position + 1)\t\(escaped(String(character)))"
          + cells.map { "\t\(fixed(Double($0.activities[position]), decimals: 4))" }.joined()
      }).joined(separator: "\n")
  }
}

extension CellReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case unit, feature, correlation, activities
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(unit.name, forKey: .unit)
    try values.encodeIfPresent(telling?.feature, forKey: .feature)
    try values.encodeIfPresent(telling?.correlation, forKey: .correlation)
    // JSON has no infinity, which a ReLU may reach.
    try values.encode(activities.map { $0.isFinite ? $0 : nil }, forKey: .activities)
  }
}

/// The member `cells` of `inspect --json`.
struct CellsMember: Encodable {
  let characters: [String]
  let units: [CellReport]
}
