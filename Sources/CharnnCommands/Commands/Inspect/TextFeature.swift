/// Something that a reader of a text could keep track of, as a number for each character.
///
/// Karpathy, Johnson and Li 2015 (arXiv:1506.02078) found units that follow such features.
struct TextFeature {
  let name: String
  /// By character, with mean 0 and standard deviation 1.
  let values: [Double]

  /// Those that a text has often enough to tell anything about them.
  static func all(in text: [Unicode.Scalar]) -> [TextFeature] {
    let features: [(name: String, values: [Double])] = [
      ("position in the line", text.distances { $0 == "\n" }),
      ("position in the sentence", text.distances { sentenceEnds.contains($0) }),
      ("position in the word", text.distances { !$0.properties.isAlphabetic }),
      ("inside quotation marks", quotationDepths(text)),
      ("depth of brackets", text.depths(opening: "([{（", closing: ")]}）")),
      ("indentation", indentations(text)),
      ("space or line end", text.marks { $0.properties.isWhitespace }),
      ("last letter of a word", wordEnds(text)),
      ("capital letter", text.marks { $0.properties.isUppercase }),
      ("vowel", text.marks { "aeiouAEIOU".unicodeScalars.contains($0) }),
      ("digit", text.marks { $0.properties.numericType == .decimal }),
      ("punctuation", text.marks { isPunctuation($0) }),
    ]
    return features.compactMap { TextFeature($0.name, $0.values) }
  }

  /// How often a feature must begin in a text.
  static let fewestBeginnings = 5

  /// - Parameter raw: 0 where the text lacks the feature.
  private init?(_ name: String, _ raw: [Double]) {
    let beginnings = zip(raw, raw.dropFirst()).count { $0 == 0 && $1 != 0 }
    guard beginnings >= TextFeature.fewestBeginnings else { return nil }
    let count = Double(raw.count)
    let mean = raw.reduce(0, +) / count
    let variance = raw.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    guard variance > 0 else { return nil }
    self.name = name
    values = raw.map { ($0 - mean) / variance.squareRoot() }
  }
}

private let sentenceEnds: Set<Unicode.Scalar> = [".", "!", "?", "。", "！", "？"]

private func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
    .initialPunctuation, .finalPunctuation, .otherPunctuation:
    true
  default: false
  }
}

extension [Unicode.Scalar] {
  fileprivate func marks(where isMarked: (Unicode.Scalar) -> Bool) -> [Double] {
    map { isMarked($0) ? 1 : 0 }
  }

  /// How many characters there have been since the last one that restarts the count.
  fileprivate func distances(from restarts: (Unicode.Scalar) -> Bool) -> [Double] {
    var distance = 0.0
    return map { scalar in
      distance = restarts(scalar) ? 0 : distance + 1
      return distance
    }
  }

  /// How many brackets are open.
  fileprivate func depths(opening: String, closing: String) -> [Double] {
    var depth = 0.0
    return map { scalar in
      if opening.unicodeScalars.contains(scalar) { depth += 1 }
      if closing.unicodeScalars.contains(scalar) { depth = Swift.max(0, depth - 1) }
      return depth
    }
  }
}

/// 1 where a letter is the last one of its word.
private func wordEnds(_ text: [Unicode.Scalar]) -> [Double] {
  text.indices.map { index in
    let isLast = index + 1 == text.count || !text[index + 1].properties.isAlphabetic
    return text[index].properties.isAlphabetic && isLast ? 1 : 0
  }
}

/// By character, the spaces at the beginning of its line, as far as it has been read.
private func indentations(_ text: [Unicode.Scalar]) -> [Double] {
  var (indentation, isAtStart) = (0.0, true)
  return text.map { scalar in
    if scalar == "\n" {
      (indentation, isAtStart) = (0, true)
    } else if isAtStart, scalar == " " || scalar == "\t" {
      indentation += 1
    } else {
      isAtStart = false
    }
    return indentation
  }
}

/// 1 from an opening quotation mark up to the closing one. A blank line closes all.
private func quotationDepths(_ text: [Unicode.Scalar]) -> [Double] {
  var closing: Unicode.Scalar?
  return text.indices.map { index in
    let scalar = text[index]
    let previous: Unicode.Scalar = index > 0 ? text[index - 1] : "\n"
    let next: Unicode.Scalar = index + 1 < text.count ? text[index + 1] : "\n"
    if scalar == "\n", previous == "\n" {
      closing = nil
    } else if let mark = closing {
      // Between letters it is an apostrophe.
      let isApostrophe = (mark == "'" || mark == "’") && next.properties.isAlphabetic
      if scalar == mark, !isApostrophe { closing = nil }
    } else if scalar != "'" || (!previous.properties.isAlphabetic && next != " " && next != "\n") {
      closing = closingMarks[scalar]
    }
    return closing == nil ? 0 : 1
  }
}

private let closingMarks: [Unicode.Scalar: Unicode.Scalar] = [
  "\"": "\"", "'": "'", "“": "”", "‘": "’", "„": "“", "«": "»", "「": "」", "『": "』",
]
