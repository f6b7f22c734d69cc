import Testing

@testable import RecurrentLM

@Suite struct LeftFactorsTests {
  /// What an architecture may add to the way from layer to layer.
  private static let variants: [(residual: Bool, objective: Objective, embedding: Int)] = [
    (false, .next, 0), (true, .next, 5), (false, .cloze, 40), (true, .cloze, 0),
  ]

  /// Layer by layer, in the order of the way back.
  @Test(arguments: CellVariant.allCases, variants)
  func theyAreWhatTheLayersHaveReadTransposed(
    _ cell: CellVariant, _ variant: (residual: Bool, objective: Objective, embedding: Int)
  ) throws {
    let architecture = cell.architecture(
      layers: 3, hidden: 21, bidirectional: true, embedding: variant.embedding,
      residual: variant.residual, objective: variant.objective)
    let model = try LanguageModel(architecture, vocabularySize: 7, uniform: 0.5)
    let forward = try ForwardPass(model, batch: 3, steps: 4)
    let pool = WorkerPool(count: 2)
    _ = forward.logits(of: randomText(12), on: pool)
    // So that no state is zero, that before the first step neither.
    forward.carryState()
    _ = forward.logits(of: randomText(12, seed: 2), on: pool)
    var plan = BufferPlan()
    let slots = LeftFactorSlots(&plan, of: forward)
    let buffer = FloatBuffer(count: plan.count)
    let factors = LeftFactors(slots, in: buffer, of: forward)

    for layer in (0...3).reversed() {
      pool.run { worker in
        if layer < 3 { factors.transposeOperands(ofLayer: layer, worker) }
        factors.transposeSources(ofLayer: layer, worker)
      }
      for (index, source) in forward.sources(layer: layer).enumerated() {
        #expect(factors.source(index, ofLayer: layer).values == source.transposed.values)
      }
      guard layer < 3 else { continue }
      for (direction, pass) in forward.passes[layer].enumerated() {
        let operands =
          [pass.beforeSteps(pass.hidden).values]
          + forward.cell.furtherOperands(of: pass).map(\.values)
        let transposed = factors.operands(ofLayer: layer, direction: direction)
        #expect(transposed.map(\.transposed.values) == operands)
      }
    }
    withExtendedLifetime(buffer) {}
  }
}
