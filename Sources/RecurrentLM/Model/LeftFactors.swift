/// The places of `LeftFactors` in a flat buffer.
struct LeftFactorSlots {
  let sources, furtherOperands: [[MatrixSlot]]

  init(_ plan: inout BufferPlan, of forward: ForwardPass) {
    let passes = forward.passes[0]
    sources = (0..<2).map { _ in
      passes.map { pass in
        plan.append(
          rows: max(pass.units, forward.embedded?.columns ?? 0), columns: pass.output.rows)
      }
    }
    furtherOperands = passes.map { pass in
      forward.cell.furtherOperands(of: pass).map {
        plan.append(rows: $0.columns, columns: $0.rows)
      }
    }
  }
}

/// What the weights were multiplied with on the way forward, transposed: the left factors of their
/// gradients. A product reads its left factor once for every strip of the right one, so a copy in the
/// order of reading is worth its making.
///
/// What one layer hands on, the next reads: so copies live for two layers, in two sets of matrices
/// that take turns.
struct LeftFactors {
  private let forward: ForwardPass
  /// By layer modulo 2: the sources of a layer, as in `ForwardPass.sources`, with the state before
  /// the first step; each (H or E, (T + 1)·B).
  private let sources: [[Matrix]]
  /// By direction: the cell's operands beside the previous H, each (H, T·B).
  private let furtherOperands: [[Matrix]]

  init(_ slots: LeftFactorSlots, in buffer: FloatBuffer, of forward: ForwardPass) {
    self.forward = forward
    sources = slots.sources.map { $0.map { buffer[$0] } }
    furtherOperands = slots.furtherOperands.map { $0.map { buffer[$0] } }
  }

  /// Transposes the sources of `layer`; the output layer comes after the last.
  func transposeSources(ofLayer layer: Int, _ worker: Worker) {
    let sources = layer > 0 ? forward.passes[layer - 1].map(\.output) : forward.sources(layer: 0)
    for (index, source) in sources.enumerated() {
      copy(of: source, layer, index).copy(from: source.transposed, sharedWith: worker)
    }
  }

  /// Transposes the operands of the recurrent weights of `layer`, once the sources of the layer above
  /// are no longer needed. H is there already, unless a residual layer has handed on another sum.
  func transposeOperands(ofLayer layer: Int, _ worker: Worker) {
    for (direction, pass) in forward.passes[layer].enumerated() {
      if forward.model.architecture.addsInput(layer: layer) {
        copy(of: pass.hidden, layer + 1, direction)
          .copy(from: pass.hidden.transposed, sharedWith: worker)
      }
      let operands = forward.cell.furtherOperands(of: pass)
      for (copy, operand) in zip(furtherOperands[direction], operands) {
        operand.forEachStrip(sharedWith: worker) { index in
          copy.rows(operand.columns(ofStrip: index)).copy(from: operand.strip(index).transposed)
        }
      }
    }
  }

  /// A source of `layer`, (H or E, T·B).
  func source(_ index: Int, ofLayer layer: Int) -> Matrix {
    guard layer > 0 else { return copy(of: forward.sources(layer: 0)[index], 0, index) }
    let pass = forward.passes[layer - 1][index]
    let states = copy(of: pass.output, layer, index).transposed
    return forward.statesRead(states, of: pass, by: layer).transposed
  }

  /// The operands of the recurrent weights of a pass of `layer`, each (H, T·B).
  func operands(ofLayer layer: Int, direction: Int) -> [Matrix] {
    let pass = forward.passes[layer][direction]
    let states = copy(of: pass.hidden, layer + 1, direction).transposed
    return [pass.beforeSteps(states).transposed] + furtherOperands[direction]
  }

  /// Where the transpose of a source of `layer` lies.
  private func copy(of source: Matrix, _ layer: Int, _ index: Int) -> Matrix {
    sources[layer % 2][index].rows(0..<source.columns).columns(0..<source.rows)
  }
}
