extension Trainer {
  /// How fast this machine trains such a model: parameters times trained characters per second, measured
  /// on random characters for about half a second.
  ///
  /// - Throws: `InsufficientMemory`.
  public static func operationsPerSecond(
    _ architecture: Architecture, vocabularySize: Int, _ options: TrainingOptions, threads: Int
  ) throws(InsufficientMemory) -> Double {
    let model = try LanguageModel(architecture, vocabularySize: vocabularySize)
    var generator = RandomGenerator(seed: 1)
    model.initialize(.uniform, using: &generator)
    let step = try TrainingStep(model, options)
    let count = options.batch * options.steps
    let characters = (0..<2 * count).map { _ in
      Int32.random(in: 0..<Int32(vocabularySize), using: &generator)
    }
    step.network.tokens.store(Array(characters[..<count]))
    step.network.targets.store(Array(characters[count...]))
    let pool = WorkerPool(count: threads)
    // The first one takes hold of the memory.
    _ = step.run(rate: 0, number: 1, on: pool)
    let start = ContinuousClock.now
    var (updates, seconds) = (0, 0.0)
    repeat {
      _ = step.run(rate: 0, number: 1, on: pool)
      updates += 1
      seconds = (ContinuousClock.now - start) / .seconds(1)
    } while seconds < 0.5
    return Double(updates * count * model.layout.count) / seconds
  }
}
