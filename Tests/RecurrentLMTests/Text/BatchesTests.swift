import Testing

@testable import RecurrentLM

/// A minibatch by rows: where each begins in the text, its inputs and its targets.
private struct Row: Equatable {
  let inputs: [Int32]
  let targets: [Int32]
  var start: Int { Int(inputs[0]) }
}

extension Batches {
  /// All minibatches of the text 0, 1, 2, …, whose characters are their own positions.
  fileprivate func minibatches(characters: Int) throws -> [[Row]] {
    let text = try Tokens((0..<characters).map(Int32.init))
    return (0..<count).map { index in
      var inputs = [Int32](repeating: -1, count: batch * steps)
      var targets = inputs
      fill(index, of: text, inputs: &inputs, targets: &targets)
      return (0..<batch).map { row in
        let places = stride(from: row, to: inputs.count, by: batch)
        return Row(inputs: places.map { inputs[$0] }, targets: places.map { targets[$0] })
      }
    }
  }
}

@Suite struct BatchesTests {
  private let batch = 4
  private let steps = 5

  /// Minibatches of many epochs.
  private func epochs(
    _ sampling: Sampling, characters: Int, count: Int = 60
  ) throws -> [[[Row]]] {
    var generator = RandomGenerator(seed: 1)
    return try (0..<count).map { _ in
      try Batches(
        characters: characters, batch: batch, steps: steps, sampling: sampling, using: &generator
      ).minibatches(characters: characters)
    }
  }

  @Test(arguments: Sampling.allCases)
  func rowsAreConsecutiveCharactersAndTargetsTheNextOnes(_ sampling: Sampling) throws {
    let rows = try epochs(sampling, characters: 173).joined().joined()
    let wrong = rows.first { row in
      let first = Int32(row.start)
      return row.inputs != Array(first..<first + Int32(steps))
        || row.targets != Array(first + 1..<first + 1 + Int32(steps))
    }
    #expect(wrong == nil)
  }

  @Test func withoutAnOffsetEveryEpochHasTheSameCuts() throws {
    var generator = RandomGenerator(seed: 1)
    let before = generator
    let minibatches = try Batches(
      characters: 173, batch: batch, steps: steps, sampling: .sequential, offset: .zero,
      using: &generator
    ).minibatches(characters: 173)
    // 172 / 4 = 43 characters a stream, of which 8 x 5 are used.
    #expect(
      minibatches.map { $0.map(\.start) }
        == (0..<8).map { index in
          (0..<4).map { 43 * $0 + 5 * index }
        })
    #expect(generator == before)
  }

  @Test func sequentialStreamsGoOnFromMinibatchToMinibatch() throws {
    for minibatches in try epochs(.sequential, characters: 173) {
      for (one, next) in zip(minibatches, minibatches.dropFirst()) {
        #expect(next.map(\.start) == one.map { $0.start + steps })
      }
      // The streams lie one behind the other and leave less than a minibatch, and the offset.
      let starts = minibatches[0].map(\.start)
      let length = starts[1] - starts[0]
      #expect(starts == (0..<batch).map { starts[0] + $0 * length })
      #expect(minibatches.count == length / steps)
      #expect(starts[0] + batch * (length + 1) >= 173 - batch)
    }
  }

  @Test func randomCoversEachPieceAtMostOnceAndAlmostAll() throws {
    for minibatches in try epochs(.random, characters: 173) {
      let starts = minibatches.joined().map(\.start)
      let offset = starts[0] % steps
      let pieces = (173 - offset - 1) / steps
      #expect(Set(starts).count == starts.count)
      #expect(starts.allSatisfy { $0 % steps == offset })
      #expect(minibatches.count == pieces / batch)
    }
  }

  @Test func randomShufflesAnewEachEpoch() throws {
    let orders = try epochs(.random, characters: 173, count: 20).map { epoch in
      epoch.joined().map(\.start)
    }
    #expect(Set(orders).count == orders.count)
    #expect(!orders.contains { $0 == $0.sorted() })
  }

  /// Of 0 to the number of steps in sequential epochs, below it in random ones.
  @Test(arguments: [(Sampling.sequential, 0...5), (.random, 0...4)])
  func offsetsTakeAllTheirValues(_ sampling: Sampling, _ range: ClosedRange<Int>) throws {
    let offsets = try epochs(sampling, characters: 173).map { epoch in
      sampling == .sequential ? epoch[0][0].start : epoch[0][0].start % steps
    }
    #expect(Set(offsets) == Set(range))
  }

  @Test(arguments: Sampling.allCases)
  func theOffsetIsSmallerWhereTheTextIsTooShortForIt(_ sampling: Sampling) throws {
    let needed = batch * steps + 1
    for spare in 0..<steps {
      let epochs = try epochs(sampling, characters: needed + spare, count: 100)
      #expect(epochs.allSatisfy { $0.count == 1 })
      let starts = epochs.map { $0[0].map(\.start).min() }
      #expect(Set(starts) == Set(0...min(spare, sampling == .sequential ? steps : steps - 1)))
    }
  }

  @Test(arguments: Sampling.allCases)
  func aTextTooShortForOneMinibatchIsRefusedWithTheNumbers(_ sampling: Sampling) {
    var generator = RandomGenerator(seed: 1)
    for characters in [0, 1, 20] {
      let error = TextTooShort(characters: characters, batch: 4, steps: 5)
      #expect(error.needed == 21)
      #expect(throws: error) {
        try Batches(
          characters: characters, batch: 4, steps: 5, sampling: sampling, using: &generator)
      }
    }
  }

  @Test(arguments: Sampling.allCases)
  func theSameGeneratorGivesTheSameMinibatches(_ sampling: Sampling) throws {
    #expect(try epochs(sampling, characters: 99) == epochs(sampling, characters: 99))
  }
}
