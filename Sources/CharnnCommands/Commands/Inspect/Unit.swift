import RecurrentLM

/// A unit of a network, by the numbers that people give it: `2:117`, or `2:117:backward` in the direction
/// that runs from the end to the start.
struct Unit: Hashable {
  /// From 0, as the network counts.
  let layer: Int
  let direction: Int
  let index: Int

  /// Layer and unit counted from 1.
  var name: String { "\(layer + 1):\(index + 1)\(direction == 1 ? ":backward" : "")" }

  init(layer: Int, direction: Int, index: Int) {
    self.layer = layer
    self.direction = direction
    self.index = index
  }

  /// - Returns: nil where that is no name of a unit.
  init?(_ name: String) {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || (parts.count == 3 && parts[2] == "backward"),
      let layer = Int(parts[0]), let index = Int(parts[1]), layer > 0, index > 0
    else { return nil }
    self.init(layer: layer - 1, direction: parts.count - 2, index: index - 1)
  }
}

extension Architecture {
  /// All units, by layer and direction.
  var units: [Unit] {
    (0..<layers).flatMap { layer in
      (0..<directions).flatMap { direction in
        (0..<hidden).map { Unit(layer: layer, direction: direction, index: $0) }
      }
    }
  }

  func has(_ unit: Unit) -> Bool {
    unit.layer < layers && unit.direction < directions && unit.index < hidden
  }

  /// `layer 1`, or `layer 1 backward`.
  func name(ofLayer layer: Int, direction: Int) -> String {
    "layer \(layer + 1)" + (bidirectional ? " \(directionName(direction))" : "")
  }
}

func directionName(_ direction: Int) -> String { direction == 0 ? "forward" : "backward" }

extension StepActivations {
  /// The activity of all units, in the order of `Architecture.units`.
  func activities(_ architecture: Architecture) -> [Float] {
    let activity = architecture.activity
    return (0..<architecture.layers).flatMap { layer in
      (0..<architecture.directions).flatMap { values(activity, layer: layer, direction: $0) }
    }
  }
}
