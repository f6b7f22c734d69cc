import Testing

@testable import CharnnCommands

@Test(arguments: [
  ("--cell lstm", "LSTM, 2 layers of 256"),
  ("--cell rnn --layers 1", "RNN, 1 layer of 256, tanh"),
  ("--cell rnn --activation relu --hidden 9", "RNN, 2 layers of 9, relu"),
  ("--cell gru --gru-reset before", "GRU, 2 layers of 256, reset before"),
  ("--bidirectional --embedding 5", "LSTM, 2 layers of 256, bidirectional, embedding of 5"),
  ("--layers 3", "LSTM, 3 layers of 256, residual"),
  ("--objective cloze", "LSTM, 2 layers of 256, cloze"),
])
func anArchitectureIsSummedUp(_ words: String, _ summary: String) throws {
  let command = try #require(try Train.parse(words.split(separator: " ").map(String.init)))
  #expect(command.configuration.architecture.summary == summary)
}
