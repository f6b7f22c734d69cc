import Testing

@testable import CharnnCommands

@Suite struct HelpTests {
  @Test(arguments: [
    ["train", "--help"], ["predict", "-h"], ["eval", "--string", "x", "--help"],
    ["inspect", "--help", "--nonsense"], ["--help"], ["-h"], ["help"],
  ])
  func helpIsPrintedWordForWord(_ words: [String]) {
    let outcome = charnn(words)
    #expect(outcome.output == expectedHelp[words[0], default: expectedOverview])
    #expect(outcome.messages.isEmpty)
    #expect(outcome.code == .done)
  }

  @Test(arguments: Array(expectedHelp.keys) + ["--help"])
  func noLineOfHelpIsWiderThanATerminal(_ command: String) {
    for line in charnn(command, "--help").output.split(separator: "\n") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func aRowWrapsItsSecondColumnAtEightyColumns() {
    // 28 columns and twice 25 letters with a space between them are 79, with 26 one more is 80.
    let letters = String(repeating: "x", count: 25)
    let indent = String(repeating: " ", count: 28)
    #expect(
      helpRow("--a", "\(letters) \(letters)x")
        == "  --a" + String(repeating: " ", count: 23) + "\(letters) \(letters)x")
    #expect(
      helpRow("--a", "\(letters) \(letters)xx")
        == "  --a" + String(repeating: " ", count: 23) + "\(letters)\n\(indent)\(letters)xx")
    let wide = "--\(letters)"
    #expect(helpRow(wide, "text") == "  \(wide)\n\(indent)text")
  }
}

private let expectedHelp = [
  "train": #"""
  Train a model on a text and write a checkpoint.

  usage: charnn train [options] [CORPUS ...]

  Trains on the given UTF-8 files, one after another: '-' is standard input, a
  folder stands for its *.txt in the order of their names. With none, trains on
  the built-in @time_traveller, an English tale; @lyrics_zh is the other one,
  Chinese song lyrics. Where a part of the text is held out (see --validation),
  sizes and rates that are not given are chosen for its length, and for
  --max-minutes.

  options:
    --cell rnn|gru|lstm       the recurrent cell (default: lstm)
    --layers N                stacked layers of cells (default: 2)
    --hidden N                hidden units of each layer and direction (default:
                              256)
    --activation tanh|relu    nonlinearity of the RNN cell (default: tanh)
    --gru-reset after|before  the GRU's reset gate acts after the recurrent
                              product (PyTorch, cuDNN) or before it (the original
                              formula) (default: after)
    --bidirectional           a second stack of layers reads from the end to the
                              start; it sees the character it predicts
    --objective next|cloze    next: predict the next character; cloze: predict
                              each character from the text on both sides of it,
                              with --bidirectional; 'charnn predict --fill' then
                              fills gaps (default: next)
    --embedding N             width of a character embedding; 0: one-hot input
                              (default: 0)
    --residual                each layer from the second up adds its input to its
                              output, so that deep stacks learn (default: from 3
                              layers up)
    --no-residual             plain stacked layers, as in PyTorch (default: up to
                              2 layers)
    --init uniform|normal|orthogonal
                              distribution of the initial parameters (default:
                              uniform)
    --init-scale X            uniform: bound; normal: standard deviation;
                              orthogonal: factor (default: 1/√hidden; 0.01; 1)
    --forget-bias X           added to the LSTM's forget gate bias at the start
                              (default: 0)
    --text raw|letters|flat   raw: as it is; letters: a-z and single spaces only,
                              lines joined; flat: line ends become spaces
                              (default: raw)
    --max-chars N             use only the first N characters (default: all)
    --validation auto|FRACTION|FILE
                              held-out text that the model is judged by and not
                              trained on: the last FRACTION of the text, or FILE;
                              auto: the last tenth of a text of 100,000 characters
                              or more; 0: none (default: auto)
    --batch N                 sequences in a minibatch (default: 32)
    --steps N                 characters of each sequence, through which gradients
                              flow (default: 35)
    --sampling sequential|random
                              sequential: each minibatch continues the one before
                              and its hidden state; random: shuffled sequences,
                              each from a zero state (default: sequential)
    --offset random|zero      where the sequential minibatches of an epoch begin;
                              random: anew each epoch; zero: always at the start
                              of the text (default: random)
    --epochs N                passes through the text, including those before
                              --resume (default: 50)
    --max-minutes X           ends after so many minutes, including those of the
                              limited run that --resume goes on with; the schedule
                              ends with them, and the result depends on the speed
                              of the machine (default: none)
    --patience N              ends when the held-out loss has not fallen for N
                              epochs (default: off)
    --dropout X               probability that a hidden state is not handed on,
                              between layers and before the output (default: 0)
    --recurrent-dropout X     probability that a recurrent weight is left out of a
                              minibatch (default: 0)
    --optimizer sgd|adam|adamw
                              how gradients become updates; adamw: adam with
                              weight decay (default: adam)
    --lr X                    learning rate (default: adam and adamw 0.002, sgd 1)
    --schedule constant|cosine|step
                              how the learning rate falls from the first update to
                              the last; cosine: to zero; step: to a tenth at half,
                              to a hundredth at three quarters (default: constant)
    --warmup N                updates over which the learning rate rises from zero
                              (default: 0)
    --weight-decay X          an update first multiplies each weight, but no bias,
                              by 1 - learning rate x X (default: adamw 0.01, else
                              0)
    --clip X                  largest global norm of the gradients, beyond which
                              they are scaled down; 0: no clipping (default: 1)
    --seed N                  seed of all random draws (default: 1)
    --threads N               threads, at most one per core; the result does not
                              depend on their number (default: all cores)
    --out FILE                the checkpoint to write (default:
                              charnn.safetensors)
    --save-every N            epochs between two writes; also written at the end
                              and on Ctrl-C, SIGTERM and SIGHUP (default: 10)
    --save-minutes X          minutes between two writes within an epoch (default:
                              5)
    --keep best|last          which model is read from the checkpoint; best: the
                              one with the lowest held-out loss (default: best)
    --overwrite               overwrite a checkpoint at --out, which is otherwise
                              kept as NAME.~1~
    --resume                  go on exactly where the checkpoint --out stopped
    --from FILE               start from the weights and the vocabulary of another
                              checkpoint, to which characters of the text that it
                              lacks are added
    --sample-every N          epochs between two samples; 0: none (default: 10)
    --prompt TEXT             text that samples continue, or whose gaps (_) they
                              fill; may be given several times (default: start of
                              the corpus)
    --json                    print one JSON object per line and nothing else
    --quiet                   print errors and warnings only
    --no-color                no colours and no animation
    -h, --help                show this help

  """#,
  "predict": #"""
  Print a prefix and what the model writes after it.

  usage: charnn predict [options] PREFIX

  Prints PREFIX and what follows it, character by character as it is made. The
  prefix warms up the state of the model. '-' reads it from standard input,
  without the line end that closes it. A model trained with --objective cloze
  fills the gaps of a text instead: charnn predict --fill "the time ____ll_r".

  options:
    --model FILE              the checkpoint (default: $CHARNN_MODEL or
                              charnn.safetensors)
    --fill TEXT               print TEXT with a character in place of each _, such
                              that all together are most probable; '-' reads TEXT
                              from standard input
    --length N                characters to generate (default: 50)
    --temperature X           0: always the most probable character; 1: draw from
                              the model's distribution; lower is more cautious,
                              higher bolder (default: 0)
    --top-k N                 draw from the N most probable characters (default:
                              all)
    --top-p X                 draw from the most probable characters whose
                              probabilities add up to X (default: all)
    --min-p X                 draw from the characters whose probability is at
                              least X times that of the most probable one; acts
                              first, then --top-k, then --top-p (default: all)
    --beam N                  look for the most probable text as a whole, by
                              keeping the N most probable beginnings at each
                              character; 1: only one, as without this option
    --stop TEXT               end once this text has been generated
    --count N                 how many texts to generate (default: 1)
    --seed N                  seed of the random draws (default: 1)
    --unknown error|skip      what to do with characters of PREFIX or TEXT that
                              the model does not know (default: error)
    --escapes                 \n, \t, \r, \\ and \u{HEX} in PREFIX, --fill and
                              --stop are escapes
    --json                    print one JSON object per text
    -h, --help                show this help

  """#,
  "eval": #"""
  Measure how well a model predicts a text.

  usage: charnn eval [options] [CORPUS ...]

  Prints loss (nats per character), perplexity and bits per character of a text
  under a checkpoint. CORPUS is as in 'charnn train'; with none, the text that the
  model was trained on, if that is built in. A model trained with --objective
  cloze has a pseudo-perplexity instead, of each character given all others.

  options:
    --model FILE              the checkpoint (default: $CHARNN_MODEL or
                              charnn.safetensors)
    --text raw|letters|flat   as in 'charnn train' (default: as in training)
    --string TEXT             measure this text instead of a CORPUS
    --streams N               1: read the text as one stream from a zero state,
                              predicting all but its first character; N: cut it
                              into N equal streams, as training does (default: 1)
    --adapt X                 dynamic evaluation: whenever as many characters of
                              each stream as --steps of the training have been
                              scored, the model takes a step of gradient descent
                              on them, with learning rate X; 0.05 is good for
                              most. The checkpoint stays as it is
    --chars                   print each predicted character, a tab and its
                              surprisal in bits (one stream only)
    --max-perplexity X        exit with 1 if the perplexity is above X
    --unknown error|skip      what to do with characters that the model does not
                              know (default: error)
    --threads N               threads, at most one per core; the result does not
                              depend on their number (default: all cores)
    --json                    print one JSON object
    -h, --help                show this help

  """#,
  "inspect": #"""
  Show what a checkpoint holds.

  usage: charnn inspect [options] [FILE]

  Prints the cell, sizes, vocabulary and training of a checkpoint, by default of
  $CHARNN_MODEL or charnn.safetensors. Each of the first three options prints
  that part in full instead.

  options:
    --tensors                 each parameter's name, shape and norm
    --vocabulary              each token with its number and code point
    --history                 loss, perplexity and gradient norm of each epoch
    --json                    print everything as one JSON object
    -h, --help                show this help

  """#,
]

private let expectedOverview = """
  charnn trains character-level language models (RNN, GRU, LSTM) and writes text
  with them.

  usage: charnn <command> [options] ...

  commands:
    train                     Train a model on a text and write a checkpoint.
    predict                   Print a prefix and what the model writes after it.
    eval                      Measure how well a model predicts a text.
    inspect                   Show what a checkpoint holds.

  options:
    -h, --help                show this help; after a command, that command's
    --version                 show the version and the kernels in use
    --generate-completion-script bash|zsh|fish
                              print a completion script for that shell

  To begin: charnn train
            charnn predict "the time traveller"

  """
