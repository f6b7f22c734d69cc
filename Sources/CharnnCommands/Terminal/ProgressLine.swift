/// A line at the bottom of the terminal that is redrawn in place, at most ten times a second.
final class ProgressLine {
  private let console: Console
  private var lastDrawn = ContinuousClock.now

  init(_ console: Console) { self.console = console }

  /// - Parameter text: made only if the line is drawn.
  func show(_ text: @autoclosure () -> String) {
    let now = ContinuousClock.now
    guard console.abilities.animates, now - lastDrawn >= .milliseconds(100) else { return }
    lastDrawn = now
    console.animate(text())
  }

  func clear() { console.animate("") }
}
