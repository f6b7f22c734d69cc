/// The part of each time step's (B, H) that one worker computes.
///
/// Split by batch rows, so that no step needs a barrier; a small batch is split by units, with a barrier
/// in every step.
struct StepRegion {
  let sequences: Range<Int>
  let units: Range<Int>
  /// Whether the workers need each other's units in every step.
  let needsBarrier: Bool

  /// Fewer sequences a worker would not be worth reading all recurrent weights for.
  private static let fewestSequences = 12

  init(of worker: Worker, sequences: Int, units: Int) {
    needsBarrier = sequences < StepRegion.fewestSequences * worker.count
    self.sequences = needsBarrier ? 0..<sequences : worker.range(of: sequences)
    self.units =
      needsBarrier ? worker.range(of: units, multipleOf: PanelMatrix.panelWidth) : 0..<units
  }

  /// Split by units whatever the batch: each worker keeps its part of the weights in its own cache from step
  /// to step.
  init(splittingUnitsOf worker: Worker, sequences: Int, units: Int) {
    needsBarrier = true
    self.sequences = 0..<sequences
    self.units = worker.range(of: units, multipleOf: PanelMatrix.panelWidth)
  }

  /// The units panel by panel, each with the same sequences.
  var panels: some Sequence<StepPanel> {
    let width = PanelMatrix.panelWidth
    return stride(from: units.lowerBound, to: units.upperBound, by: width).lazy.map { first in
      StepPanel(
        sequences: sequences, index: first / width,
        units: first..<min(first + width, units.upperBound))
    }
  }
}

/// Some sequences of a time step and the units of one panel.
struct StepPanel {
  let sequences: Range<Int>
  /// Of the panel, among those of one gate.
  let index: Int
  let units: Range<Int>
}

extension Matrix {
  /// A part of one time step's (B, H).
  subscript(region: StepRegion) -> Matrix { rows(region.sequences).columns(region.units) }

  /// A part of one time step's (B, H).
  subscript(panel: StepPanel) -> Matrix { rows(panel.sequences).columns(panel.units) }
}
