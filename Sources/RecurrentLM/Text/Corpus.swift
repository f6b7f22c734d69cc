#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What is done to a text before its characters are counted.
public enum TextMode: String, Codable, CaseIterable, Sendable {
  /// Nothing.
  case raw
  /// Line by line: each run of characters other than A-Z and a-z becomes one space, spaces at both
  /// ends go, letters become lower case; then the lines are joined with nothing between them.
  case letters
  /// Line ends become spaces.
  case flat

  func apply(to text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    switch self {
    case .raw: text
    case .flat: text.map { $0 == "\n" ? " " : $0 }
    case .letters: text.split(separator: "\n").flatMap(TextMode.lettersOnly)
    }
  }

  private static func lettersOnly(_ line: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var words: [Unicode.Scalar] = []
    for scalar in line {
      switch scalar {
      case "a"..."z": words.append(scalar)
      case "A"..."Z": words.append(Unicode.Scalar(UInt8(scalar.value + 32)))
      default: if let last = words.last, last != " " { words.append(" ") }
      }
    }
    if words.last == " " { words.removeLast() }
    return words
  }
}

/// Why a text cannot be had.
public enum CorpusError: Error, Equatable {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  /// A folder in which no file is called *.txt.
  case noTexts(folder: String)
  case empty(source: String)
  /// `offset` counts bytes from the start of the file.
  case invalidUTF8(source: String, offset: Int)
}

/// Characters, as Unicode scalar values, from files, folders or standard input.
public struct Corpus: Sendable {
  public var characters: [Unicode.Scalar]

  public init(_ text: some StringProtocol) {
    characters = Corpus.unifyingLineEnds(Array(text.unicodeScalars))
  }

  /// Reads UTF-8 texts one after another.
  ///
  /// - Parameter paths: files; folders, which stand for their *.txt in the order of their names;
  ///   or `-`, standard input.
  /// - Throws: `CorpusError`.
  public init(paths: [String]) throws(CorpusError) {
    characters = []
    for path in paths {
      for file in try Corpus.files(at: path) {
        characters += try Corpus.read(file)
      }
    }
  }

  /// Decodes UTF-8.
  ///
  /// - Parameter source: what an error calls the bytes.
  /// - Throws: `CorpusError.empty`, `.invalidUTF8`.
  public init(utf8 bytes: some Sequence<UInt8>, source: String) throws(CorpusError) {
    characters = try Corpus.decode(bytes, source: source)
  }

  /// The text as training reads it: transformed, then cut to its first `limit` characters.
  public func prepared(_ mode: TextMode, limit: Int?) -> [Unicode.Scalar] {
    let text = mode.apply(to: characters)
    return limit.map { Array(text.prefix($0)) } ?? text
  }

  private static func files(at path: String) throws(CorpusError) -> [String] {
    if path == "-" { return [path] }
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    // What cannot be listed is a file, or fails as one when it is read.
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return [path]
    }
    let texts = names.filter { $0.hasSuffix(".txt") }.sorted()
    guard !texts.isEmpty else { throw .noTexts(folder: path) }
    return texts.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }

  private static func read(_ path: String) throws(CorpusError) -> [Unicode.Scalar] {
    let name = path == "-" ? "standard input" : path
    let bytes: [UInt8]
    do {
      bytes = try path == "-" ? standardInput() : RecurrentLM.bytes(ofFile: path)
    } catch {
      throw .unreadable(path: name, reason: reason(of: error))
    }
    return try decode(bytes, source: name)
  }

  private static func decode(
    _ bytes: some Sequence<UInt8>, source: String
  ) throws(CorpusError) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(bytes.underestimatedCount)
    var iterator = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var offset = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        scalars.append(Unicode.UTF8.decode(encoded))
        offset += encoded.count
      case .error: throw .invalidUTF8(source: source, offset: offset)
      case .emptyInput:
        guard !scalars.isEmpty else { throw .empty(source: source) }
        return unifyingLineEnds(scalars)
      }
    }
  }

  /// CR LF becomes LF; a carriage return elsewhere stays.
  private static func unifyingLineEnds(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains("\r") else { return text }
    return text.indices.compactMap { index in
      let isPaired = text[index] == "\r" && index + 1 < text.count && text[index + 1] == "\n"
      return isPaired ? nil : text[index]
    }
  }
}
