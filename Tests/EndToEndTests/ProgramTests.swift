import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProgramTests {
  @Test func helpGoesToStandardOutput() throws {
    let shell = try Shell()
    for command in ["train", "predict", "eval", "inspect"] {
      let help = try shell.run("charnn \(command) --help")
      #expect(help.output.contains("usage: charnn \(command) [options]"))
      #expect(help.messages.isEmpty)
      #expect(try shell.run("charnn --help").output.contains("  \(command) "))
    }
  }

  @Test func withoutACommandTheHelpIsAMessage() throws {
    let outcome = try Shell().run("charnn", expecting: 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.contains("usage: charnn <command>"))
  }

  private var nameOfBaseline: String {
    #if arch(arm64)
      "neon"
    #else
      "baseline"
    #endif
  }

  @Test func theVersionNamesTheKernels() throws {
    let shell = try Shell()
    let pattern = #/charnn \d+\.\d+\.\d+ \((baseline|avx2|avx512|avx512bf16|amx|neon) kernels\)\n/#
    #expect(try shell.run("charnn --version").output.wholeMatch(of: pattern) != nil)
    let baseline = try shell.run("CHARNN_KERNELS=baseline charnn --version").output
    #expect(baseline.contains("(\(nameOfBaseline) kernels)"))
  }

  @Test func theBaselineKernelsTrainAndPredict() throws {
    let shell = try Shell(["text.txt": Tiny.text])
    let training = try shell.run(
      "export CHARNN_KERNELS=baseline; charnn train $TINY --json text.txt; charnn predict the >p")
    #expect(try training.objects().last?["kernels"] as? String == nameOfBaseline)
    #expect(try shell.data("p").count == 54)
  }

  @Test(.enabled(if: isInstalled("bash"), "needs bash"))
  func bashReadsItsCompletions() throws { try checkCompletions("bash") }

  @Test(.enabled(if: isInstalled("zsh"), "needs zsh"))
  func zshReadsItsCompletions() throws { try checkCompletions("zsh") }

  @Test(.enabled(if: isInstalled("fish"), "needs fish"))
  func fishReadsItsCompletions() throws { try checkCompletions("fish") }

  private func checkCompletions(_ name: String) throws {
    try Shell().run(
      "charnn --generate-completion-script \(name) > script; test -s script && \(name) -n script")
  }

  // MARK: Bad input

  private static let badInput: [(script: String, code: Int32, message: String)] = [
    // The command line.
    ("charnn trian", 64, "unknown command trian; did you mean train?"),
    ("charnn train --layer 2", 64, "unknown option --layer; did you mean --layers?"),
    ("charnn train --hidden 0", 64, "--hidden takes a whole number from 1 to 16384, found '0'"),
    ("charnn train --cell elman", 64, "--cell takes one of rnn, gru, lstm, found 'elman'"),
    ("charnn train --json --quiet", 64, "--json prints and --quiet does not"),
    ("charnn inspect a b", 64, "one FILE, found also 'b'"),
    ("CHARNN_KERNELS=fastest charnn --version", 64, "CHARNN_KERNELS is 'fastest'"),
    // Texts.
    (": > empty.txt; charnn train $TINY empty.txt", 65, "empty.txt: the text is empty"),
    ("charnn train $TINY -", 65, "standard input: the text is empty"),
    ("charnn predict -", 65, "standard input: the text is empty"),
    ("charnn train $TINY missing.txt", 66, "missing.txt: no such file or folder"),
    ("mkdir no; charnn train $TINY no", 66, "no: the folder has no *.txt file"),
    ("charnn train $TINY @none", 66, "@none: no such built-in corpus"),
    ("printf 'abc\\377' > bad; charnn train $TINY bad", 65, "bad: not UTF-8 at byte offset 3"),
    ("printf '\\303' | charnn train $TINY -", 65, "standard input: not UTF-8 at byte offset 0"),
    (
      "printf short > short; charnn train $TINY short", 65,
      "the text has 5 characters, but --batch 4 and --steps 10 need at least 4 x 10 + 1 = 41"
    ),
    ("charnn predict 'the Straße'", 65, "does not know 'S' (U+0053), 'ß' (U+00DF)"),
    ("charnn eval --string 'the Straße'", 65, "does not know 'S' (U+0053), 'ß' (U+00DF)"),
    (
      "echo 123 > digits; charnn train $TINY --text letters digits", 65,
      "the text has no letters a-z, which are all that --text letters keeps"
    ),
    ("charnn eval --string a", 65, "the text has 1 character that the model knows"),
    ("charnn eval", 64, "the text named in charnn.safetensors, text.txt, is not built in"),
    ("charnn train $TINY --json --prompt X text.txt", 65, "does not know 'X' (U+0058)"),
    // Checkpoints.
    ("charnn predict --model none the", 66, "none: no such checkpoint"),
    ("charnn predict --model text.txt the", 65, "text.txt: not a checkpoint"),
    ("charnn eval --model text.txt text.txt", 65, "text.txt: not a checkpoint"),
    (": > empty; charnn inspect empty", 65, "empty: not a checkpoint"),
    ("head -c 9000 charnn.safetensors > cut; charnn inspect cut", 65, "cut: the file is truncated"),
    ("head -c 100 charnn.safetensors > cut; charnn inspect cut", 65, "cut: the file is truncated"),
    (
      #"sed 's/"hidden\\":8/"hidden\\":9/' charnn.safetensors > odd; charnn inspect odd"#, 65,
      "odd: tensor 'rnn.weight_ih_l0' has the shape [32, 28], but its configuration asks for "
        + "[36, 28]"
    ),
    (
      #"sed 's/"format":"charnn"/"format":"chornn"/' charnn.safetensors > odd; charnn inspect odd"#,
      65, "odd: a .safetensors file, but not one that charnn wrote"
    ),
    (
      "cp text.txt broken; charnn train $TINY --resume --out broken text.txt", 65,
      "broken: not a checkpoint"
    ),
    // The output.
    (
      "charnn train $TINY --out none/m.safetensors text.txt", 73,
      "none/m.safetensors: cannot be written: the folder none does not exist"
    ),
    ("charnn train $TINY --out . text.txt", 73, ".: cannot be written: it is a folder"),
    // Going on from what does not fit.
    ("charnn train --resume --out none text.txt", 66, "none: no such checkpoint"),
    (
      "tr a-z b-za < text.txt > other.txt; charnn train --resume other.txt", 65,
      "was trained on another text than other.txt"
    ),
    ("charnn train --resume --hidden 9", 64, "--hidden 9 is not what it was trained with"),
    ("charnn train --resume --from charnn.safetensors", 64, "give one of them"),
    ("charnn train --resume @lyrics_zh --json", 65, "the model does not know '"),
    (
      "charnn train $TINY --json --optimizer sgd --lr 1e38 --clip 0 text.txt", 65,
      "training diverged in epoch 1"
    ),
  ]

  @Test(arguments: badInput)
  func badInputIsExplainedAndDestroysNothing(
    _ script: String, _ code: Int32, _ message: String
  ) throws {
    let shell = try Shell.withModel()
    let before = try shell.data("charnn.safetensors")
    let outcome = try shell.run("export LC_ALL=C; \(script)", expecting: code)
    #expect(outcome.messages.hasPrefix("charnn: "))
    #expect(outcome.messages.contains(message), "\(outcome.messages)")
    let error = script.contains("--json") ? "error" : nil
    #expect(try outcome.objects().last?["event"] as? String == error)
    #expect(!before.isEmpty)
    #expect(try shell.data("charnn.safetensors") == before)
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"),
    arguments: [
      "predict the", "predict --json the", "eval text.txt", "inspect", "--help",
      "train $TINY --out new.safetensors text.txt",
    ])
  func outputThatCannotBeWrittenIsAnInputOutputError(_ command: String) throws {
    let outcome = try Shell.withModel().run("charnn \(command) > /dev/full", expecting: 74)
    #expect(outcome.messages == "charnn: cannot write the output: No space left on device\n")
  }
}
