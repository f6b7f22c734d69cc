import RecurrentLM

/// What the losses in training and on the held-out text tell, in words.
func trainingNotes(_ progress: TrainingProgress, _ options: TrainingOptions) -> [String] {
  guard let best = progress.bestValidation, let last = progress.lastValidation,
    let trained = progress.history.last
  else { return [] }
  let isOld = last.epoch - best.epoch >= max(2, last.epoch / 5)
  if isOld, last.loss > best.loss + 0.01 {
    return [bestLongAgo(best, last, options)]
  }
  let gap = last.loss - trained.loss
  if gap > 0.3 {
    return [
      "perplexity \(perplexityText(trained.perplexity)) in training, "
        + "\(perplexityText(last.perplexity)) on the held-out text: the model learns the text by "
        + "heart; \(moreDropout(options)), a smaller --hidden or more text help"
    ]
  }
  if best == last, gap < 0.1, fallInLastTenth(progress) > 0.01 {
    return [
      "the held-out perplexity was still falling at the end: more "
        + (options.maxMinutes == nil ? "--epochs" : "--max-minutes") + " or a larger --hidden help"
    ]
  }
  return []
}

private func bestLongAgo(
  _ best: ValidationRecord, _ last: ValidationRecord, _ options: TrainingOptions
) -> String {
  let kept =
    options.keep == .best
    ? "the checkpoint keeps that model" : "--keep best would have kept that model"
  return "the held-out perplexity was lowest after epoch \(epochText(best.epoch)), "
    + "\(perplexityText(best.perplexity)), and is \(perplexityText(last.perplexity)) now; \(kept). "
    + "Since then the model has learned the text by heart; \(moreDropout(options)) or fewer --epochs help"
}

private func moreDropout(_ options: TrainingOptions) -> String {
  options.dropout == 0 ? "--dropout" : "more --dropout than \(shortest(options.dropout))"
}

/// By how much the held-out loss has fallen in the last tenth of the epochs.
private func fallInLastTenth(_ progress: TrainingProgress) -> Double {
  let losses = progress.history.compactMap(\.validationLoss)
  guard let last = progress.lastValidation, losses.count >= 10 else { return 0 }
  return losses[losses.count - 1 - losses.count / 10] - last.loss
}
