extension Corpus {
  /// Bytes that are read at a time.
  private static let pieceSize = 1 << 20

  /// Reads the texts, transformed and cut to their first `limit` characters. Nothing is read that
  /// lies behind those.
  ///
  /// Besides the ids of the text, this takes a megabyte. Memory for one byte per byte of the files is
  /// reserved beforehand.
  ///
  /// - Parameter heldOut: texts that follow, whole; see `CorpusText.heldOutCount`.
  /// - Throws: `CorpusError`, `InsufficientMemory`.
  public func read(
    _ mode: TextMode, limit: Int? = nil, heldOut: Corpus? = nil
  ) throws -> CorpusText {
    try read(mode, limit: limit, heldOut: heldOut, pieceSize: Corpus.pieceSize)
  }

  func read(
    _ mode: TextMode, limit: Int?, heldOut: Corpus? = nil, pieceSize: Int
  ) throws -> CorpusText {
    let reader = try CorpusReader(mode, limit: limit ?? .max, pieceSize: pieceSize)
    try reader.reserve(
      (sources + (heldOut?.sources ?? [])).reduce(0) { sum, source in
        let (size, isTooMuch) = sum.addingReportingOverflow(source.size)
        return isTooMuch ? .max : size
      })
    for source in sources where !reader.isFull { try reader.read(source) }
    if let heldOut {
      reader.beginHeldOut()
      for source in heldOut.sources { try reader.read(source) }
    }
    return try reader.finish()
  }
}

/// Reads sources one after another: from bytes to characters, normalised characters and ids.
private final class CorpusReader {
  private let storage: TokenStorage
  private var limit: Int
  /// Where the held-out text begins; nil while there is none.
  private var heldOutStart: Int?
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private var transformation: TextTransformation
  private var numbering = CharacterNumbering()
  /// For each byte that is a plain character, the id of its normalised form, once that has one.
  private var plainIDs = [Int32](repeating: TokenStorage.absent, count: 256)
  private var notes: [CorpusNote] = []
  private var textSources: [TextSource] = []
  /// Folders that have had a file, and whether one that is not empty.
  private var folders: [(path: String, hasText: Bool)] = []

  /// - Throws: `InsufficientMemory`.
  init(_ mode: TextMode, limit: Int, pieceSize: Int) throws(InsufficientMemory) {
    storage = try TokenStorage()
    transformation = TextTransformation(mode)
    self.limit = limit
    // What a piece leaves of a character goes before the next one.
    buffer = .allocate(capacity: pieceSize + 3)
  }

  deinit { buffer.deallocate() }

  var isFull: Bool { storage.count >= limit }

  /// What follows is a text of its own, and whole.
  func beginHeldOut() {
    heldOutStart = storage.count
    limit = .max
    transformation = TextTransformation(transformation.mode)
  }

  func reserve(_ size: Int) throws(InsufficientMemory) { try storage.reserve(min(size, limit)) }

  /// - Throws: `CorpusError.onlyEmptyTexts`.
  func finish() throws(CorpusError) -> CorpusText {
    if let folder = folders.first(where: { !$0.hasText }) {
      throw .onlyEmptyTexts(folder: folder.path)
    }
    return CorpusText(
      storage, heldOutCount: storage.count - (heldOutStart ?? storage.count),
      characters: numbering.characters, mode: transformation.mode, notes: notes,
      sources: textSources)
  }

  // MARK: Sources

  func read(_ source: Corpus.Source) throws {
    if case .string = source {} else { transformation.beginFile() }
    textSources.append(TextSource(name: source.name, start: storage.count))
    var statistics = Statistics()
    switch source {
    case .file(let path, _): try read(file: path, name: source.name, &statistics)
    case .standardInput: try read(file: nil, name: source.name, &statistics)
    case .bytes(let bytes, let name): try read(bytes, name: name, &statistics)
    case .string(let bytes): return try read(bytes, name: source.name, &statistics)
    }
    try judge(source)
    if statistics.areMostlyNulls { notes.append(.manyNulls(source: source.name)) }
  }

  /// Notes or refuses an empty file.
  private func judge(_ source: Corpus.Source) throws(CorpusError) {
    let isEmpty = transformation.fileIsEmpty
    guard case .file(let path, let folder?) = source else {
      if isEmpty { throw .empty(source: source.name) }
      return
    }
    if folders.last?.path != folder { folders.append((folder, false)) }
    if isEmpty {
      notes.append(.emptyFile(path: path))
    } else {
      folders[folders.count - 1].hasText = true
    }
  }

  private func read(file path: String?, name: String, _ statistics: inout Statistics) throws {
    do {
      let file = try FilePieces(path)
      try readPieces(name: name, &statistics) { try file.next(into: $0) }
    } catch let error as POSIXError {
      throw CorpusError.unreadable(path: name, reason: reason(of: error))
    }
  }

  private func read(_ bytes: [UInt8], name: String, _ statistics: inout Statistics) throws {
    var rest = bytes[...]
    try readPieces(name: name, &statistics) { memory in
      let piece = rest.prefix(memory.count)
      memory.copyBytes(from: piece)
      rest = rest.dropFirst(piece.count)
      return piece.count
    }
  }

  // MARK: Pieces

  /// - Parameter next: fills memory with what comes next and returns how many bytes; 0 at the end.
  /// - Throws: `CorpusError.invalidUTF8`, `InsufficientMemory`, and what `next` throws.
  private func readPieces(
    name: String, _ statistics: inout Statistics,
    _ next: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws {
    var offset = 0
    var held = 0
    while !isFull {
      let free = UnsafeMutableBufferPointer(rebasing: buffer[held...])
      let count = try next(UnsafeMutableRawBufferPointer(free))
      let piece = UnsafeBufferPointer(rebasing: buffer[..<(held + count)])
      let taken = try take(piece, name: name, offset: offset)
      statistics.count(UnsafeBufferPointer(rebasing: piece[..<taken]))
      offset += taken
      held = isFull ? 0 : piece.count - taken
      if count == 0 {
        if held > 0 { throw CorpusError.invalidUTF8(source: name, offset: offset) }
        return
      }
      for index in 0..<held { buffer[index] = piece[taken + index] }
    }
  }

  /// Appends the characters of a piece, except one that continues in the next piece.
  ///
  /// - Parameter offset: of the piece in its file, in bytes.
  /// - Returns: the bytes that they were.
  /// - Throws: `CorpusError.invalidUTF8`, `InsufficientMemory`.
  private func take(
    _ piece: UnsafeBufferPointer<UInt8>, name: String, offset: Int
  ) throws -> Int {
    var index = 0
    while index < piece.count, !isFull {
      if piece[index] < 0x80, transformation.isPlain {
        let length = storage.appendRun(of: piece[index...], plainIDs, most: limit - storage.count)
        index += length
        if length > 0 { continue }
      }
      switch piece.scalar(at: index) {
      case .scalar(let character, let length):
        try take(character)
        index += length
      case .incomplete: return index
      case .invalid: throw CorpusError.invalidUTF8(source: name, offset: offset + index)
      }
    }
    return index
  }

  private func take(_ character: Unicode.Scalar) throws(InsufficientMemory) {
    let output = transformation.output(for: character)
    if output.hasSpace { try append(" ") }
    if let character = output.character, !isFull { try append(character) }
  }

  private func append(_ character: Unicode.Scalar) throws(InsufficientMemory) {
    var id = numbering.number(of: character)
    if id == TokenStorage.absent {
      id = numbering.add(character)
      for byte in UInt8(0)..<0x80 where transformation.plainOutput(for: byte) == character {
        plainIDs[Int(byte)] = id
      }
    }
    try storage.append(id)
  }
}

/// Characters of a file, and those of them that are NUL.
private struct Statistics {
  private var characters = 0
  private var nulls = 0

  mutating func count(_ bytes: UnsafeBufferPointer<UInt8>) {
    for byte in bytes {
      characters += byte & 0xC0 == 0x80 ? 0 : 1
      nulls += byte == 0 ? 1 : 0
    }
  }

  /// Two of five: UTF-16 has some characters beyond Latin ones, too.
  var areMostlyNulls: Bool { nulls > 0 && 5 * nulls >= 2 * characters }
}
