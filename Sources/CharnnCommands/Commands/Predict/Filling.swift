import RecurrentLM

/// Prints a text with its gaps, which are nil, filled by the model.
func printFilling(
  of gapped: [Int32?], _ checkpoint: Checkpoint, asJSON: Bool, _ console: Console
) throws {
  let start = ContinuousClock.now
  let vocabulary = checkpoint.vocabulary
  let filler = try Filler(
    checkpoint.model(), vocabulary: vocabulary, threads: availableProcessorCount)
  let progressLine = ProgressLine(console)
  let filling = try filler.fill(gapped) { progress in
    progressLine.show(
      "filling: pass \(progress.pass), place \(progress.place) of \(progress.places)")
  }
  progressLine.clear()
  guard asJSON else { return try console.line(vocabulary.text(of: filling.text)) }
  var line = JSONLine()
  line.add("prompt", vocabulary.gappedText(of: gapped))
  line.add("text", vocabulary.text(of: filling.text))
  line.add("characters", gapped.count { $0 == nil })
  line.add("loss", filling.loss)
  line.add("pseudo_perplexity", perplexity(ofLoss: filling.loss))
  line.add("seconds", (ContinuousClock.now - start) / .seconds(1))
  try console.line(line.text)
}
