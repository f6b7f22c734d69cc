import RecurrentLM

/// What `--cells` and `--gates` show.
struct UnitView {
  fileprivate(set) var characters: [Unicode.Scalar] = []
  /// nil unless asked for.
  fileprivate(set) var cells: [CellReport]?
  fileprivate(set) var gates: [SignalStatistics]?

  func print(_ architecture: Architecture, _ console: Console) throws {
    if let cells, console.abilities.colors {
      for (index, cell) in cells.enumerated() {
        let isLast = index + 1 == cells.count && gates == nil
        try console.write(cell.shadedText(characters) + (isLast ? "" : "\n"))
      }
    } else if let cells {
      try console.line(CellReport.table(cells, characters))
    }
    if let gates {
      if console.abilities.outputIsTerminal {
        try console.line(gates.chart(architecture))
      } else {
        try console.line(gates.table)
      }
    }
  }

  /// For `--json`.
  var cellsMember: CellsMember? {
    cells.map { CellsMember(characters: characters.map { String($0) }, units: $0) }
  }
}

/// Makes what `--cells`, `--gates` and `--html` show.
final class UnitViewer {
  private let checkpoint: Checkpoint
  private let inspection: UnitInspection
  /// The TEXT of `--cells`.
  private let text: InspectedText?
  /// The text on which telling units are found.
  private let sample: InspectedText?
  private let console: Console
  private var foundCorrelations: UnitCorrelations?

  init(
    checkpoint: Checkpoint, inspection: UnitInspection, text: InspectedText?,
    sample: InspectedText?, console: Console
  ) {
    self.checkpoint = checkpoint
    self.inspection = inspection
    self.text = text
    self.sample = sample
    self.console = console
  }

  /// - Parameter units: to be shown in place of the most telling ones; none: those.
  /// - Throws: `InsufficientMemory`, `UsageError` where there is no text.
  func view(units: [Unit], showsGates: Bool) throws -> UnitView {
    var view = UnitView()
    if let text {
      let telling = units.isEmpty ? try correlations().mostTelling : []
      if units.isEmpty && telling.isEmpty {
        console.hint("no unit follows a feature of the text; --unit LAYER:N shows any unit")
      }
      let shown = units + telling.map(\.unit)
      let activities = try inspection.activities(of: shown, in: text)
      view.characters = text.characters
      view.cells = shown.indices.map { index in
        CellReport(
          unit: shown[index], telling: units.isEmpty ? telling[index] : nil,
          activities: activities[index])
      }
    }
    if showsGates { view.gates = try inspection.statistics(in: sampleText()) }
    return view
  }

  /// The page of `--html`.
  func page() throws -> String {
    let whole = try text ?? sampleText()
    let limit = UnitPage.characters(inspection.architecture)
    if whole.ids.count > limit {
      console.hint("the page shows the first \(grouped(limit)) characters")
    }
    let shown = whole.prefix(limit)
    return UnitPage(
      title: "Units of \(checkpoint.path)", summary: inspection.architecture.summary,
      architecture: inspection.architecture, text: shown, correlations: try correlations(),
      activities: try inspection.activities(of: inspection.architecture.units, in: shown)
    ).html
  }

  private func correlations() throws -> UnitCorrelations {
    if let foundCorrelations { return foundCorrelations }
    let sample = try sampleText()
    console.hint("telling units are found on \(sample.name)")
    let correlations = try inspection.correlations(in: sample)
    foundCorrelations = correlations
    return correlations
  }

  private func sampleText() throws -> InspectedText {
    if let sample = sample ?? text { return sample }
    throw UsageError(
      "a text to read is needed: the model was trained on "
        + "\(checkpoint.corpus.joined(separator: ", ")), which is not built in; "
        + "give one with --corpus", command: Inspect.name)
  }
}
