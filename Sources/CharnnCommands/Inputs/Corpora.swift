import Corpora
import RecurrentLM

/// Opens corpora, to be read one after another.
///
/// - Parameter names: of built-in corpora, or paths as `Corpus` takes them.
/// - Throws: `CorpusError`; `Failure` where there is no built-in corpus of that name.
func openCorpora(_ names: [String]) throws -> Corpus {
  var corpus = try Corpus(paths: [])
  for name in names {
    if let builtIn = BuiltInCorpus(rawValue: name) {
      corpus.append(Corpus(utf8: builtIn.bytes, source: name))
    } else if name.hasPrefix("@"), !FileManager.default.fileExists(atPath: name) {
      let known = BuiltInCorpus.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure("\(name): no such built-in corpus; there are \(known)", .missingInput)
    } else {
      corpus.append(try Corpus(paths: [name]))
    }
  }
  return corpus
}

/// The files among corpora, those in folders included.
func corpusFiles(_ names: [String]) throws -> [String] { try openCorpora(names).files }

/// Reads corpora, and notes on the console what is odd about them.
///
/// - Parameters:
///   - limit: the number of characters to read; nil: all.
///   - heldOut: corpora that follow, whole; see `CorpusText.heldOutCount`.
/// - Throws: `CorpusError`, `Failure`.
func readCorpora(
  _ names: [String], _ mode: TextMode, limit: Int?, heldOut: [String] = [], _ console: Console
) throws -> CorpusText {
  let text = try openCorpora(names).read(
    mode, limit: limit, heldOut: heldOut.isEmpty ? nil : openCorpora(heldOut))
  for note in text.notes { console.hint(note.text) }
  return text
}

extension CorpusNote {
  fileprivate var text: String {
    switch self {
    case .emptyFile(let path): "\(path): the file is empty, and left out"
    case .manyNulls(let source):
      "\(source): many of its characters are NUL (U+0000), as if it were UTF-16 without a byte "
        + "order mark; convert it, for example with iconv -f UTF-16LE -t UTF-8"
    }
  }
}

extension CorpusText {
  /// - Parameter reason: why it was read so, where that is not said by an option.
  /// - Throws: `Failure` where a text read as letters has none.
  func checkHasLetters(_ mode: TextMode, reason: String = "") throws(Failure) {
    guard count == 0, mode == .letters else { return }
    throw Failure(
      "the text has no letters a-z, which are all that --text letters\(reason) keeps", .badData)
  }
}
