/// Local search: exchanges the characters of one gap or two neighbouring ones as long as that improves the
/// text.
struct Refinement {
  /// Exchanges that are compared in one place: all for two gaps and up to 32 characters.
  static let exchangeLimit = 1024
  /// Characters of each of two gaps that are combined, of which then the best exchanges are taken.
  static let rankLimit = 256
  /// Less is rounding, in nats.
  static let leastImprovement = 1e-6
  /// What an exchange may lose near itself and yet win back farther away, in nats: a model that had
  /// learned its text by heart gave some of them back 5.
  static let handicap = 8.0

  let characters: [Int32]
  let gaps: [Int]
  /// Of the text, of one and of two characters.
  let whole, single, double: SequenceReader
  /// Of the text, several of them side by side.
  let candidates: SequenceReader
  /// Of an exchange and its surroundings.
  let near, wide: SequenceReader

  private struct Exchange {
    let characters: [Int32]
    /// Σ log p in nats over the part of the text in which it has been compared, at first only its
    /// own. It can but fall where that part grows: no log p is above 0.
    let score: Double
  }

  /// The text after all exchanges that improve it.
  ///
  /// - Parameter progress: is told before each place that is looked at.
  func refined(_ start: [Int32], progress: (FillProgress) -> Void) -> [Int32] {
    let pairs = zip(gaps, gaps.dropFirst()).filter { $0 + 1 == $1 }
    let sites = gaps.map { $0..<$0 + 1 } + pairs.map { $0..<$1 + 1 }
    var text = start
    var score = whole.scores(of: [text])[0]
    var looks = 0
    var unimproved = 0
    while unimproved < sites.count {
      let (pass, place) = looks.quotientAndRemainder(dividingBy: sites.count)
      progress(FillProgress(pass: pass + 1, place: place + 1, places: sites.count))
      let site = sites[place]
      looks += 1
      unimproved += 1
      if let better = improved(text, of: score, at: site) {
        // It was the best exchange here, so that this place is done for now.
        (text, score, unimproved) = (better.text, better.score, 1)
      }
    }
    return text
  }

  /// The text after the exchange at `site` that promises most of those that improve it, if any does.
  ///
  /// `whole` has read `text`, and what this returns, when it returns.
  private func improved(
    _ text: [Int32], of score: Double, at site: Range<Int>
  ) -> (text: [Int32], score: Double)? {
    let promising = promisingExchanges(at: site, in: text)
    for first in stride(from: 0, to: promising.count, by: candidates.count) {
      let group = promising[first..<min(first + candidates.count, promising.count)].map {
        text.replacing(site, with: $0.characters)
      }
      let scores = candidates.scores(of: group)
      let isBetter: (Double) -> Bool = { $0 > score + Refinement.leastImprovement }
      guard let index = scores.firstIndex(where: isBetter) else { continue }
      return (group[index], whole.scores(of: [group[index]])[0])
    }
    return nil
  }

  /// The exchanges at `site` after which the wide surroundings are more probable, the best first.
  private func promisingExchanges(at site: Range<Int>, in text: [Int32]) -> [Exchange] {
    var exchanges = site.count == 1 ? singles(at: site, in: text) : pairs(at: site, in: text)
    for reader in [near, wide] where exchanges.count > 1 {
      exchanges = compared(exchanges, at: site, in: text, by: reader)
    }
    let present = Array(text[site])
    return Array(exchanges.prefix { $0.characters != present })
  }

  /// Those of `exchanges` that come near the best, compared in as much of the text around `site` as
  /// `reader` reads; the best first.
  private func compared(
    _ exchanges: [Exchange], at site: Range<Int>, in text: [Int32], by reader: SequenceReader
  ) -> [Exchange] {
    let centred = site.lowerBound - (reader.length - site.count) / 2
    let start = max(0, min(centred, text.count - reader.length))
    let frame = start..<start + reader.length
    var record = whole.score(in: frame)
    var compared: [Exchange] = []
    reader.start(in: whole.context(of: frame))
    for first in stride(from: 0, to: exchanges.count, by: reader.count) {
      guard exchanges[first].score > record - Refinement.handicap else { break }
      let group = exchanges[first..<min(first + reader.count, exchanges.count)]
      let scores = reader.scores(
        of: group.map { Array(text.replacing(site, with: $0.characters)[frame]) })
      compared += zip(group, scores).map { Exchange(characters: $0.characters, score: $1) }
      record = max(record, scores.max() ?? record)
    }
    return best(compared.filter { $0.score > record - Refinement.handicap })
  }

  /// All characters of one gap, the most probable first.
  private func singles(at site: Range<Int>, in text: [Int32]) -> [Exchange] {
    single.start(in: whole.context(of: site))
    single.read([Array(text[site])])
    let expected = single.logProbabilities(at: 0)
    return best(characters.map { Exchange(characters: [$0], score: expected[Int($0)]) })
  }

  /// Combinations of the characters of two neighbouring gaps, those first whose own probabilities,
  /// each given the other, have the highest product.
  private func pairs(at site: Range<Int>, in text: [Int32]) -> [Exchange] {
    let sides = site.map { place in
      singles(at: place..<place + 1, in: text).prefix(Refinement.rankLimit).map { $0.characters[0] }
    }
    let (firsts, seconds) = (sides[0], sides[1])
    double.start(in: whole.context(of: site))
    // The n-th text has the n-th of both: it tells what is expected in the first gap given the n-th
    // of the second, and in the second given the n-th of the first.
    var (inFirst, inSecond) = ([[Double]](), [[Double]]())
    for start in stride(from: 0, to: firsts.count, by: double.count) {
      let group = start..<min(start + double.count, firsts.count)
      double.read(group.map { [firsts[$0], seconds[$0]] })
      inFirst += group.map { double.logProbabilities(at: 0, of: $0 - start) }
      inSecond += group.map { double.logProbabilities(at: 1, of: $0 - start) }
    }
    let exchanges = firsts.enumerated().flatMap { first, a in
      seconds.enumerated().map { second, b in
        Exchange(
          characters: [a, b], score: inFirst[second][Int(a)] + inSecond[first][Int(b)])
      }
    }
    return best(exchanges)
  }

  /// Of equal ones the smaller characters.
  private func best(_ exchanges: [Exchange]) -> [Exchange] {
    let sorted = exchanges.sorted {
      $0.score == $1.score
        ? $0.characters.lexicographicallyPrecedes($1.characters) : $0.score > $1.score
    }
    return Array(sorted.prefix(Refinement.exchangeLimit))
  }
}

extension [Int32] {
  /// The same numbers with others in the place of some.
  func replacing(_ part: Range<Int>, with characters: [Int32]) -> [Int32] {
    var copy = self
    copy.replaceSubrange(part, with: characters)
    return copy
  }
}
