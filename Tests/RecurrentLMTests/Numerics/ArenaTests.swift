import Testing

@testable import RecurrentLM

@Suite struct ArenaTests {
  @Test func memoryIsZeroAndCounted() throws {
    let arena = Arena()
    do {
      let buffer = try FloatBuffer(count: 1_000_000, for: .activations, in: arena)
      #expect(buffer.values.allSatisfy { $0 == 0 })
      #expect(UInt(bitPattern: buffer.base).isMultiple(of: UInt(largePageSize)))
      #expect(arena.bytes == [.activations: 4_000_000])
    }
    #expect(arena.bytes == [.activations: 0])
  }

  @Test func whatIsNotThereIsRefused() {
    #expect(throws: InsufficientMemory.self) {
      try FloatBuffer(count: 1 << 50, for: .parameters, in: Arena())
    }
  }

  /// What a training takes is known before it takes it.
  @Test(arguments: CellVariant.allCases, OptimizerKind.allCases)
  func whatIsMeasuredIsWhatIsTaken(_ cell: CellVariant, _ optimizer: OptimizerKind) throws {
    var options = TrainingOptions.small
    options.optimizer = optimizer
    let architecture = cell.architecture(layers: 2, bidirectional: true, embedding: 3)
    options.dropout = 0.2
    options.recurrentDropout = 0.2
    let needed = try Trainer.memory(
      architecture, vocabularySize: 7, options, isValidated: false)
    let trainer = try Trainer(architecture, options)
    #expect(trainer.model.arena.bytes == needed)
    let withBest = try Trainer.memory(
      architecture, vocabularySize: 7, options, isValidated: true)
    let validated = try Trainer(architecture, options, heldOut: randomText(20))
    #expect(validated.model.arena.bytes[.parameters] == withBest[.parameters])
    #expect(withBest[.activations, default: 0] > needed[.activations, default: 0])
  }

  @Test func aTrainingBeyondTheMemoryIsRefusedBeforeAnyOfItIsTaken() {
    var options = TrainingOptions.small
    options.batch = 16_384
    options.steps = 16_384
    #expect {
      try Trainer.checkMemory(
        CellVariant.lstm.architecture(layers: 256, hidden: 16_384), vocabularySize: 1_114_112,
        options, isValidated: false, textBytes: 1_000)
    } throws: { error in
      guard let error = error as? InsufficientMemory else { return false }
      return error.needed[.text] == 1_000 && (error.needed[.activations] ?? 0) > 1 << 50
    }
  }
}
