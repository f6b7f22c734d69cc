/// Lines at the bottom of the terminal that are redrawn in place, at most ten times a second.
final class ProgressLine {
  private let console: Console
  private var lastDrawn = ContinuousClock.now

  init(_ console: Console) { self.console = console }

  /// - Parameter text: made only if the line is drawn.
  func show(_ text: @autoclosure () -> String) {
    if isDue() { console.animate(text()) }
  }

  /// - Parameter lines: made only if they are drawn; each with fewer columns than the terminal has.
  func show(_ lines: @autoclosure () -> [StyledText]) {
    if isDue() { console.animate(lines()) }
  }

  private func isDue() -> Bool {
    let now = ContinuousClock.now
    guard console.abilities.animates, now - lastDrawn >= .milliseconds(100) else { return false }
    lastDrawn = now
    return true
  }

  func clear() { console.animate("") }
}
