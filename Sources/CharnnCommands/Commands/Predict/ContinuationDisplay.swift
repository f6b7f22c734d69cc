import RecurrentLM

/// Shows a continuation as it is made: as text, as text shaded by how probable its characters were, or
/// with a row for each character.
struct ContinuationDisplay {
  private let vocabulary: Vocabulary
  private let form: Form
  private let console: Console

  private enum Form: Equatable {
    case text
    case shadedText
    /// Each character with its probability and so many of the others that were likely.
    case rows(alternatives: Int)
  }

  init(_ settings: Predict, _ vocabulary: Vocabulary, _ console: Console) {
    self.vocabulary = vocabulary
    self.console = console
    if let alternatives = settings.alternatives {
      form = .rows(alternatives: alternatives)
    } else if settings.confidence {
      form = console.abilities.colors ? .shadedText : .rows(alternatives: 0)
    } else {
      form = .text
    }
  }

  /// Shows what the continuation follows.
  func begin(after prefix: String) throws {
    switch form {
    case .text: try console.write(prefix)
    case .shadedText: try console.write(StyledText(prefix, .bold))
    case .rows:
      guard console.abilities.outputIsTerminal, !prefix.isEmpty else { return }
      try console.line(StyledText(prefix, .bold))
    }
  }

  func show(_ character: GeneratedCharacter) throws {
    switch form {
    case .text: try console.write(token(character.id))
    case .shadedText:
      let shade = Shade(probability: character.probability)
      try console.write(StyledText(token(character.id), .shade(shade)))
    case .rows(let count):
      let likely = character.alternatives(count, of: vocabulary)
      if console.abilities.outputIsTerminal {
        try console.line(laidOutRow(character, likely))
      } else {
        try console.line(tabbedRow(character, likely))
      }
    }
  }

  /// Ends the text.
  func end() throws { if form == .text || form == .shadedText { try console.line("") } }

  private func token(_ id: Int32) -> String { vocabulary.tokens[Int(id)] }

  // MARK: Rows

  private func tabbedRow(_ character: GeneratedCharacter, _ likely: [Candidate]) -> String {
    let own = Candidate(token: character.id, probability: character.probability)
    return ([own] + likely).map { candidate in
      "\(escaped(token(candidate.token)))\t\(fixed(candidate.probability, decimals: 6))"
    }.joined(separator: "\t")
  }

  /// As many of the alternatives as fit into the terminal's width, without those of no probability to
  /// speak of.
  private func laidOutRow(_ character: GeneratedCharacter, _ likely: [Candidate]) -> StyledText {
    let name = cell(character.id)
    var row = StyledText(name, .shade(Shade(probability: character.probability)))
    let padding = String(repeating: " ", count: max(0, 2 - columns(of: name)))
    row.append("\(padding) \(fixed(character.probability, decimals: 4))")
    for candidate in likely where candidate.probability >= 0.00005 {
      let name = padded(cell(candidate.token), columns: 2)
      let number = fixed(candidate.probability, decimals: 4)
      let width = columns(of: row.plain) + 4 + columns(of: name) + columns(of: number)
      guard width < console.abilities.columns() else { break }
      row.append("   \(name) ")
      row.append(number, .dim)
    }
    return row
  }

  /// A character for a table that is looked at, in which a space would not be seen.
  private func cell(_ id: Int32) -> String {
    token(id) == " " ? "␣" : visible(escaped(token(id)))
  }
}

extension GeneratedCharacter {
  /// The most probable characters besides this one.
  func alternatives(_ count: Int, of vocabulary: Vocabulary) -> [Candidate] {
    // This one and the token for unknown characters may be among the most probable.
    Array(
      candidates(ofLogits: logits, count: count == 0 ? 0 : count + 2)
        .filter { $0.token != id && vocabulary.isCharacter(Int($0.token)) }.prefix(count))
  }
}
