/// What to add to a message about an unknown word: "; did you mean --lr?", or nothing.
func hint(for word: String, among known: [String]) -> String {
  nearest(word, among: known).map { "; did you mean \($0)?" } ?? ""
}

/// The known word that an unknown one stands for: one of the same meaning, else the only one that begins
/// with it, else the one with the fewest letters changed; nil if none is close.
func nearest(_ word: String, among known: [String]) -> String? {
  let dashes = String(word.prefix { $0 == "-" })
  let name = word.dropFirst(dashes.count).lowercased().replacing("_", with: "-")
  if let meant = synonyms[name]?.first(where: { known.contains(dashes + $0) }) {
    return dashes + meant
  }
  let longer = known.filter { $0.hasPrefix(dashes + name) }
  if name.count > 1, longer.count == 1 { return longer[0] }
  let distances = known.map { (word: $0, distance: editDistance(dashes + name, $0)) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, name.count / 3) ? best.word : nil
}

/// What other programs call the commands and options of charnn, without dashes.
let synonyms: [String: [String]] = [
  "fit": ["train"], "generate": ["predict"], "sample": ["predict", "sample-every"],
  "complete": ["predict"], "write": ["predict"], "test": ["eval"], "evaluate": ["eval"],
  "score": ["eval"], "perplexity": ["eval"], "info": ["inspect"], "show": ["inspect"],
  "rnn-type": ["cell"], "model-type": ["cell"], "num-layers": ["layers"], "n-layers": ["layers"],
  "n-layer": ["layers"], "depth": ["layers"], "hidden-size": ["hidden"], "rnn-size": ["hidden"],
  "num-hidden": ["hidden"], "num-hiddens": ["hidden"], "units": ["hidden"], "n-embd": ["hidden"],
  "embedding-size": ["embedding"], "wordvec-size": ["embedding"], "bidir": ["bidirectional"],
  "dropout-rate": ["dropout"], "dropout-p": ["dropout"], "weight-dropout": ["recurrent-dropout"],
  "learning-rate": ["lr"], "rate": ["lr"], "lr-schedule": ["schedule"],
  "lr-scheduler": ["schedule"], "lr-decay": ["schedule"], "decay": ["weight-decay"],
  "warmup-steps": ["warmup"], "warmup-iters": ["warmup"], "early-stopping": ["patience"],
  "grad-clip": ["clip"], "clip-grad": ["clip"], "clip-norm": ["clip"], "gradient-clip": ["clip"],
  "max-norm": ["clip"], "batch-size": ["batch"], "bs": ["batch"], "seq-length": ["steps"],
  "seq-len": ["steps"], "sequence-length": ["steps"], "num-steps": ["steps"],
  "block-size": ["steps", "length"], "bptt": ["steps"], "context": ["steps"],
  "num-epochs": ["epochs"], "max-epochs": ["epochs"], "n-epochs": ["epochs"],
  "max-iters": ["epochs"], "max-time": ["max-minutes"], "minutes": ["max-minutes"],
  "time": ["max-minutes"], "val": ["validation"], "val-split": ["validation"],
  "val-frac": ["validation"], "validation-split": ["validation"], "held-out": ["validation"],
  "output": ["out"], "save": ["out"], "checkpoint": ["out", "model"],
  "init-from": ["from", "model"],
  "load": ["from", "model"], "continue": ["resume"], "force": ["overwrite"],
  "random-seed": ["seed"], "num-threads": ["threads"], "jobs": ["threads"],
  "num-workers": ["threads"], "silent": ["quiet"], "no-progress": ["quiet"],
  "max-length": ["length"], "max-new-tokens": ["length"], "max-tokens": ["length"],
  "num-chars": ["length"], "n-chars": ["length"], "temp": ["temperature"],
  "num-samples": ["count"], "n": ["count"], "nucleus": ["top-p"], "beam-width": ["beam"],
  "beam-size": ["beam"], "num-beams": ["beam"], "until": ["stop"], "stop-string": ["stop"],
  "dynamic": ["adapt"], "threshold": ["max-perplexity"], "weights": ["tensors"],
  "params": ["tensors"], "vocab": ["vocabulary"], "color": ["no-color"], "colour": ["no-color"],
]

/// The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into
/// the other (Damerau 1964, doi:10.1145/363958.363994; computed as by Wagner and Fischer).
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var table = (0...a.count).map { i in (0...b.count).map { j in i == 0 ? j : i } }
  for i in 0..<a.count {
    for j in 0..<b.count {
      table[i + 1][j + 1] = min(
        table[i][j] + (a[i] == b[j] ? 0 : 1), table[i + 1][j] + 1, table[i][j + 1] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        table[i + 1][j + 1] = min(table[i + 1][j + 1], table[i - 1][j - 1] + 1)
      }
    }
  }
  return table[a.count][b.count]
}
