// EndToEndTests has a link to this file.

/// A model that is trained in no time, and its text.
enum Tiny {
  /// 660 characters, 28 different ones.
  static let text = String(
    repeating: "the quick brown fox jumps over the lazy dog\n", count: 15)
  static let options = [
    "--hidden", "8", "--layers", "1", "--max-chars", "600", "--batch", "4", "--steps", "10",
    "--epochs", "2", "--threads", "1",
  ]
}
