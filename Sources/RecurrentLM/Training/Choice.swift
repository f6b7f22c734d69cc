/// Sizes and rates for a text that a model is to know something of without having learned it by heart.
///
/// The rule, from trials: more time goes mostly into more parameters, less of it into more readings. A text
/// is read again until reading once more brings nothing, and the more parameters there are for each of its
/// characters, the more of what they make is dropped.
extension Configuration {
  /// A text that is shorter is not worth a choice.
  public static let shortestChoiceText = 20_000
  /// What training may take unless its minutes are given: some five minutes of two cores.
  ///
  /// Trained characters times parameters, of which each takes part in three multiply-adds for a character.
  public static let usualOperations = 2.5e13

  private static let mostEpochs = 40.0

  /// How many parameters are worth so many operations.
  ///
  /// A million characters of Shakespeare, held-out loss in nats: residual LSTM 2 x 320 read twelve times,
  /// 1.6e13 operations, 1.405; 2 x 256 with as many and more dropout 1.448, with 7e12 and less 1.431. With
  /// 8.7e11 plain LSTM 2 x 64 read twelve times 1.633, 2 x 128 three times 1.792, 2 x 256 once 1.916.
  /// Hence the power 0.9 between them; beyond them 0.7 is a guess.
  private static func parameters(for operations: Double) -> Double {
    let share = operations / 1.3e13
    return 1.35e6 * pow(share, share < 1 ? 0.9 : 0.7)
  }

  /// Sets what is not given to what suits a text.
  ///
  /// - Parameters:
  ///   - characters: of the training text.
  ///   - operations: what training may take; see `usualOperations`.
  ///   - isGiven: whether a setting is to stay as it is.
  /// - Returns: how often the text will be read.
  @discardableResult
  public mutating func choose(
    characters: Int, vocabularySize: Int, operations: Double,
    unless isGiven: (PartialKeyPath<Configuration>) -> Bool
  ) -> Double {
    func size(_ architecture: Architecture) -> Double {
      Double(ParameterLayout(architecture, vocabularySize: vocabularySize).count)
    }
    if !isGiven(\.architecture.residual) { architecture.residual = true }
    if !isGiven(\.architecture.hidden) {
      let most = Configuration.parameters(for: operations)
      let sizes = stride(from: 1024, to: 32, by: -32)
      architecture.hidden =
        sizes.first { hidden in
          var larger = architecture
          larger.hidden = hidden
          return size(larger) <= most
        } ?? 32
    }
    let parameters = size(architecture)
    let affordable = operations / (parameters * Double(characters))
    let planned =
      isGiven(\.training.epochs)
      ? Double(training.epochs) : min(max(affordable, 1), Configuration.mostEpochs)
    let epochs = training.maxMinutes == nil ? planned : min(planned, affordable)
    chooseTraining(characters: characters, epochs: epochs, unless: isGiven)
    chooseDropout(
      parametersPerCharacter: parameters / Double(characters), epochs: epochs, unless: isGiven)
    return epochs
  }

  private mutating func chooseTraining(
    characters: Int, epochs: Double, unless isGiven: (PartialKeyPath<Configuration>) -> Bool
  ) {
    if !isGiven(\.training.epochs) {
      training.epochs = Int(
        training.maxMinutes == nil ? epochs.rounded() : Configuration.mostEpochs)
    }
    // An epoch has some minibatches, whatever is given.
    let largest = characters / 8
    if !isGiven(\.training.steps) {
      training.steps = max(min(64, largest / training.batch), 1)
    }
    if !isGiven(\.training.batch) {
      training.batch = max(min(16, largest / training.steps), 1)
    }
    if !isGiven(\.training.optimizer) { training.optimizer = .adamw }
    if !isGiven(\.training.learningRate), training.optimizer != .sgd {
      training.learningRate = chosenLearningRate
    }
    // LSTM 2 x 320: 1.405 nats; with AdamW's usual 0.01 1.411.
    if !isGiven(\.training.weightDecay), training.optimizer == .adamw {
      training.weightDecay = 0.05
    }
    if !isGiven(\.training.schedule) { training.schedule = .cosine }
    if !isGiven(\.training.warmup) { training.warmup = 100 }
  }

  /// Smaller models take larger steps: 0.011 for 128 hidden units, 0.0057 for 512; an RNN half of them.
  ///
  /// A residual LSTM 2 x 256, which reads a million characters of Shakespeare eight times, gets to 1.453
  /// nats with 0.0042 and to 1.431 with 0.008; 0.014 is no better.
  private var chosenLearningRate: Double {
    let rate = 0.0057 * (512 / Double(architecture.hidden)).squareRoot()
    let cellFactor = architecture.cell == .rnn ? 0.5 : 1
    return (1e5 * cellFactor * min(rate, 0.016)).rounded() / 1e5
  }

  private mutating func chooseDropout(
    parametersPerCharacter: Double, epochs: Double,
    unless isGiven: (PartialKeyPath<Configuration>) -> Bool
  ) {
    // A text that is read only a few times is not learned by heart.
    let share = min(1, epochs / 8)
    func chosen(_ value: Double, most: Double) -> Double {
      (100 * share * min(max(value, 0), most)).rounded() / 100
    }
    let excess = log(parametersPerCharacter) / log(2)
    if !isGiven(\.training.dropout) {
      training.dropout = chosen(0.3 + 0.08 * excess, most: 0.6)
    }
    if !isGiven(\.training.recurrentDropout) {
      training.recurrentDropout = chosen(0.1 + 0.05 * excess, most: 0.3)
    }
  }
}
