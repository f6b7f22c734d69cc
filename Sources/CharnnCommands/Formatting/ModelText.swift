import RecurrentLM

extension Objective {
  /// What e^loss is called. A cloze model has no perplexity: its probabilities are each conditioned on
  /// the whole rest of the text, so they do not form one distribution over texts.
  var measure: String {
    switch self {
    case .next: "perplexity"
    case .cloze: "pseudo-perplexity"
    }
  }
}

extension Architecture {
  /// `LSTM, 2 layers of 256`
  var summary: String {
    var parts = ["\(cell.rawValue.uppercased()), \(counted(layers, "layer")) of \(hidden)"]
    if residual { parts.append("residual") }
    if bidirectional { parts.append(objective == .cloze ? "cloze" : "bidirectional") }
    if cell == .rnn { parts.append(activation.rawValue) }
    if cell == .gru { parts.append("reset \(gruReset.rawValue)") }
    if embedding > 0 { parts.append("embedding of \(embedding)") }
    return parts.joined(separator: ", ")
  }
}
