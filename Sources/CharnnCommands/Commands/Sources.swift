import Corpora
import RecurrentLM

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What to do with a character that the model does not know.
enum UnknownCharacters: String, CaseIterable {
  case error
  case skip
}

/// Corpora one after another: built-in ones by their names, the rest as `Corpus` has them.
func corpus(_ names: [String]) throws -> Corpus {
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

/// The files that are read for corpora: without built-in ones and standard input, and with those in
/// folders.
func corpusFiles(_ names: [String]) throws -> [String] { try corpus(names).files }

/// Reads corpora, and says what is odd about them.
func readCorpora(
  _ names: [String], _ mode: TextMode, limit: Int?, _ console: Console
) throws -> CorpusText {
  let text = try corpus(names).read(mode, limit: limit)
  for note in text.notes { console.note("note: \(note.text)") }
  return text
}

/// The threads that a command uses: no more than can run at a time, for more would only wait.
func usableThreads(_ wanted: Int, _ console: Console) -> Int {
  guard wanted > availableProcessorCount else { return wanted }
  console.note(
    "note: --threads \(wanted) is more than the \(availableProcessorCount) that can run here at a time; "
      + "\(availableProcessorCount) will do")
  return availableProcessorCount
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

/// The checkpoint that a command reads: the one given, else `$CHARNN_MODEL`, else the default.
func modelPath(_ given: String?) -> String {
  given ?? ProcessInfo.processInfo.environment["CHARNN_MODEL"].flatMap { $0.isEmpty ? nil : $0 }
    ?? Train.defaultOut
}

/// How the default of a model option is shown.
let modelDefault = "$CHARNN_MODEL or \(Train.defaultOut)"

/// Encodes a text for a model, a short one: `CorpusText` does it for others.
///
/// - Returns: the numbers of the characters, and how many were skipped as unknown.
/// - Throws: `VocabularyError.unknown` unless they may be skipped.
func encode(
  _ text: some Collection<Unicode.Scalar>, _ vocabulary: Vocabulary, _ unknown: UnknownCharacters
) throws -> (ids: [Int32], skipped: Int) {
  switch unknown {
  case .error: return (try vocabulary.encode(text), 0)
  case .skip:
    let ids = vocabulary.encodeKnown(text)
    return (ids, text.count - ids.count)
  }
}

/// What stands for a gap in a text to be filled.
let gapMark: Unicode.Scalar = "_"

/// Encodes a text with gaps, which are nil.
///
/// - Throws: `VocabularyError.unknown` unless such characters may be skipped.
func encodeGaps(
  _ text: [Unicode.Scalar], _ vocabulary: Vocabulary, _ unknown: UnknownCharacters
) throws -> [Int32?] {
  if unknown == .error { _ = try vocabulary.encode(text.filter { $0 != gapMark }) }
  return text.flatMap { character in
    character == gapMark ? [nil] : vocabulary.encodeKnown([character]).map(Optional.some)
  }
}

/// The opposite of `encodeGaps`.
func gappedText(_ text: [Int32?], _ vocabulary: Vocabulary) -> String {
  text.map { $0.map { vocabulary.text(of: [$0]) } ?? String(gapMark) }.joined()
}
