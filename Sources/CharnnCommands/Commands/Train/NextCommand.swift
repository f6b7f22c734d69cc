import RecurrentLM

/// What to type after a training: a command that shows what the model can.
///
/// - Parameter prompt: of a sample; the first of its longest lines becomes part of the command.
func nextCommand(prompt: String, checkpoint: String, _ objective: Objective) -> String {
  let model = checkpoint == modelPath(nil) ? "" : " --model \(quotedForShell(checkpoint))"
  let line = prompt.split(separator: "\n").reduce("") { $1.count > $0.count ? String($1) : $0 }
  let options = objective == .cloze ? "--fill" : "--temperature 0.8 --length 200"
  let end = line.hasPrefix("-") ? " --" : ""
  return "next: charnn predict \(options)\(model)\(end) \(quotedForShell(line))"
}

/// A word as a shell reads it.
private func quotedForShell(_ word: String) -> String {
  let isPlain =
    !word.isEmpty && !word.hasPrefix("~")
    && word.allSatisfy { $0.isLetter || $0.isNumber || "._-/+@:,".contains($0) }
  return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
}
