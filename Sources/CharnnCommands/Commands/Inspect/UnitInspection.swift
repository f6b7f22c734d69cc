import RecurrentLM

/// Watches the units of a model while it reads.
struct UnitInspection {
  let architecture: Architecture
  private let reader: ActivationReader
  private let console: Console

  init(_ model: LanguageModel, _ console: Console) {
    architecture = model.architecture
    reader = ActivationReader(model, threads: availableProcessorCount)
    self.console = console
  }

  /// Reads a text; a line on the terminal says how far.
  private func read(
    _ text: InspectedText, onStep: (Int, StepActivations) -> Void
  ) throws {
    let line = ProgressLine(console)
    defer { line.clear() }
    try reader.read(text.ids) { position, step in
      onStep(position, step)
      line.show("reading: \(grouped(position + 1)) of \(grouped(text.ids.count)) characters")
    }
  }

  /// How closely units follow the features of a text.
  ///
  /// - Throws: `InsufficientMemory`.
  func correlations(in text: InspectedText) throws -> UnitCorrelations {
    var correlations = UnitCorrelations(
      architecture.units, TextFeature.all(in: text.characters))
    try read(text) { position, step in
      correlations.add(step.activities(architecture), at: position)
    }
    return correlations
  }

  /// How far gates are open, and how states are spread.
  ///
  /// - Throws: `InsufficientMemory`.
  func statistics(in text: InspectedText) throws -> [SignalStatistics] {
    var statistics = [SignalStatistics](architecture)
    try read(text) { _, step in
      for index in statistics.indices { statistics[index].add(step) }
    }
    return statistics
  }

  /// By unit, its activity after each character of a text.
  ///
  /// - Throws: `InsufficientMemory`.
  func activities(of units: [Unit], in text: InspectedText) throws -> [[Float]] {
    let places = units.map { unit in
      (unit.layer * architecture.directions + unit.direction) * architecture.hidden + unit.index
    }
    var activities = [[Float]](repeating: [], count: units.count)
    try read(text) { _, step in
      let all = step.activities(architecture)
      for (index, place) in places.enumerated() { activities[index].append(all[place]) }
    }
    return activities
  }
}
