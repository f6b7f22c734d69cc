/// Why a text cannot be read.
public enum CorpusError: Error, Equatable {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  /// A folder in which no file is called *.txt.
  case noTexts(folder: String)
  /// A folder in which all files called *.txt are empty.
  case onlyEmptyTexts(folder: String)
  case empty(source: String)
  /// `offset` counts bytes from the start of the file.
  case invalidUTF8(source: String, offset: Int)
}

/// Something odd about a text that is readable all the same.
public enum CorpusNote: Equatable, Sendable {
  /// A file of a folder, which is left out.
  case emptyFile(path: String)
  /// Two of five characters or more are NUL: most likely UTF-16 without a byte order mark.
  case manyNulls(source: String)
}

/// Texts that are read one after another as one: files, folders, standard input, or bytes in memory.
public struct Corpus: Sendable {
  /// One of them.
  enum Source: Equatable, Sendable {
    /// - folder: whose file it is.
    case file(path: String, folder: String?)
    case standardInput
    /// UTF-8, and its name in errors.
    case bytes([UInt8], name: String)
    /// Typed, so that it may be empty.
    case string([UInt8])
  }

  private(set) var sources: [Source]

  /// A text that was typed. It may be empty.
  public init(_ text: some StringProtocol) {
    sources = [.string(Array(text.utf8))]
  }

  /// UTF-8 texts one after another. They are read later, by `read`.
  ///
  /// - Parameter paths: files; folders, which stand for their *.txt in the order of their names;
  ///   or `-`, standard input. Of a folder's entries only regular files count, or links to such,
  ///   that are not hidden.
  /// - Throws: `CorpusError.missing`, `.noTexts`.
  public init(paths: [String]) throws(CorpusError) {
    sources = []
    for path in paths { sources += try Corpus.sources(at: path) }
  }

  /// UTF-8 in memory.
  ///
  /// - Parameter source: what an error calls the bytes.
  public init(utf8 bytes: some Sequence<UInt8>, source: String) {
    sources = [.bytes(Array(bytes), name: source)]
  }

  /// Appends the texts of another corpus.
  public mutating func append(_ other: Corpus) { sources += other.sources }

  /// The paths of all files that are read, including those in folders.
  public var files: [String] {
    sources.compactMap { source in
      if case .file(let path, _) = source { path } else { nil }
    }
  }

  private static func sources(at path: String) throws(CorpusError) -> [Source] {
    if path == "-" { return [.standardInput] }
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    // What cannot be listed is a file, or fails as one when it is read.
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return [.file(path: path, folder: nil)]
    }
    let texts = names.filter { $0.hasSuffix(".txt") && !$0.hasPrefix(".") }.sorted()
      .map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
      .filter { FileStatus($0)?.isRegular == true }
    guard !texts.isEmpty else { throw .noTexts(folder: path) }
    return texts.map { .file(path: $0, folder: path) }
  }
}

extension Corpus.Source {
  /// Its name in errors.
  var name: String {
    switch self {
    case .file(let path, _): path
    case .standardInput: "standard input"
    case .bytes(_, let name): name
    case .string: "the text"
    }
  }

  /// Its size in bytes as far as it is known before reading; 0 for a pipe.
  var size: Int {
    switch self {
    case .file(let path, _): FileStatus(path)?.size ?? 0
    case .standardInput: FileStatus(nil)?.size ?? 0
    case .bytes(let bytes, _), .string(let bytes): bytes.count
    }
  }
}
