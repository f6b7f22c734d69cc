import Foundation
import Testing

@testable import RecurrentLM

/// A fixture's path.
func fixture(_ name: String) -> String {
  Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)").path
}

/// A folder that is gone when the test ends.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("charnn-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// ‖a - b‖ / ‖b‖, in Double.
func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  let difference = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)).squared }
  let size = b.reduce(0.0) { $0 + Double($1).squared }
  return (difference / max(size, .leastNormalMagnitude)).squareRoot()
}

extension Double {
  var squared: Double { self * self }
}

extension Architecture {
  init(
    _ cell: CellKind, layers: Int, hidden: Int, activation: Activation = .tanh,
    reset: GRUReset = .after, bidirectional: Bool = false, embedding: Int = 0
  ) {
    self.init()
    self.cell = cell
    self.layers = layers
    self.hidden = hidden
    self.activation = activation
    gruReset = reset
    self.bidirectional = bidirectional
    self.embedding = embedding
  }
}
