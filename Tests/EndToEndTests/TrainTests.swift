import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct TrainTests {
  @Test func trainingWorksInAnEmptyFolder() throws {
    let shell = try Shell()
    let outcome = try shell.run("charnn train $TINY")
    #expect(outcome.output.hasPrefix("LSTM, 1 layer of 8 on @time_traveller: 600 characters"))
    #expect(outcome.output.hasSuffix("checkpoint charnn.safetensors\n"))
    #expect(!outcome.output.contains("\u{1b}") && outcome.messages.isEmpty)
    #expect(try shell.run("ls -A").output == "charnn.safetensors\n")
  }

  @Test(arguments: ["", "--seed 1", "--threads 2", "--json", "--quiet", "--save-every 1"])
  func whatDoesNotChangeTheModelDoesNotChangeAByte(_ option: String) throws {
    try Shell.withModel().run(
      "charnn train $TINY --out other \(option) text.txt > log && cmp other charnn.safetensors")
  }

  @Test(arguments: ["--seed 2", "--cell gru", "--lr 0.1", "--sampling random"])
  func whatChangesTheModelChangesItsBytes(_ option: String) throws {
    try Shell.withModel().run(
      "charnn train $TINY --out other \(option) text.txt > log && ! cmp -s other charnn.safetensors"
    )
  }

  @Test func asJSONEachLineIsAnObjectAndNothingElseIsPrinted() throws {
    let shell = try Shell(["text.txt": Tiny.text])
    let outcome = try shell.run(
      "charnn train $TINY --json --sample-every 1 --prompt fox --prompt dog text.txt")
    let events = try outcome.objects().map { $0["event"] as? String }
    let expected: [String?] = [
      "begin", "epoch", "sample", "sample", "epoch", "sample", "sample", "checkpoint", "done",
    ]
    #expect(events == expected)
    #expect(outcome.messages.isEmpty)
  }

  @Test func quietPrintsNothing() throws {
    let outcome = try Shell(["text.txt": Tiny.text]).run(
      "charnn train $TINY --quiet --sample-every 1 text.txt && test -s charnn.safetensors")
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.isEmpty)
  }

  @Test func aWarningDoesNotDisturbTheData() throws {
    let outcome = try Shell(["text.txt": Tiny.text]).run(
      "charnn train $TINY --json --bidirectional text.txt")
    let events = try outcome.objects().compactMap { $0["event"] as? String }
    #expect(events == ["warning", "begin", "epoch", "epoch", "checkpoint", "done"])
    #expect(outcome.messages.hasPrefix("warning: "))
  }

  // MARK: Texts

  @Test(arguments: [
    "one.txt two.txt", "texts", "texts/", "- < whole.txt", "one.txt - < two.txt",
    "-- one.txt two.txt",
  ])
  func severalTextsCountAsOne(_ operands: String) throws {
    let shell = try Shell(["one.txt": Tiny.text, "two.txt": "five dozen liquor jugs\n"])
    try shell.run(
      "mkdir texts; cp one.txt texts/a.txt; cp two.txt texts/b.txt; echo no > texts/c.md;"
        + "cat one.txt two.txt > whole.txt")
    let train = "charnn train $TINY --max-chars 9999 --json --out model"
    let whole = try shell.run("\(train) whole.txt")
    #expect(try shell.run("\(train) \(operands)").number("loss") == whole.number("loss"))
    #expect(try shell.run("\(train) one.txt").number("loss") != whole.number("loss"))
  }

  @Test func windowsLineEndsGiveTheSameModel() throws {
    let shell = try Shell(["lf": Tiny.text, "crlf": Tiny.text.replacing("\n", with: "\r\n")])
    try shell.run(
      """
      for ends in lf crlf; do
        cp $ends text.txt; charnn train $TINY --quiet --out $ends.safetensors text.txt || exit
      done
      ! cmp -s lf crlf && cmp lf.safetensors crlf.safetensors
      """)
  }

  @Test func chineseIsBuiltIn() throws {
    let outcome = try Shell().run("charnn train $TINY --text flat @lyrics_zh")
    #expect(outcome.output.hasPrefix("LSTM, 1 layer of 8 on @lyrics_zh: 600 characters, "))
  }

  // MARK: Resuming

  @Test(arguments: ["", "--cell gru --sampling random", "--optimizer sgd --embedding 5"])
  func aResumedRunEndsAsAnUninterruptedOne(_ options: String) throws {
    try Shell(["text.txt": Tiny.text]).run(
      """
      train="charnn train $TINY --quiet \(options)"
      $train --epochs 5 --out whole text.txt && $train --epochs 2 --out parts text.txt &&
      $train --resume --epochs 3 --out parts text.txt && ! cmp -s parts whole &&
      charnn train --quiet --resume --epochs 5 --out parts && cmp parts whole
      """)
  }

  #if arch(x86_64)
    /// Each processor has an order in which it adds up products of bfloat16; the training keeps the first
    /// one's.
    @Test func aRunInBFloat16GoesOnToTheSameNumbersOnAnotherProcessor() throws {
      try Shell(["text.txt": Tiny.text]).run(
        """
        train="charnn train $TINY --hidden 70 --batch 40 --quiet --precision bfloat16"
        $train --epochs 3 --out whole text.txt && $train --epochs 2 --out parts text.txt &&
        export CHARNN_KERNELS=avx2 && $train --resume --epochs 3 --out parts text.txt &&
        cmp parts whole
        """)
    }
  #endif

  /// A shell lets what runs in the background ignore SIGINT, which charnn respects.
  private static let noSignalIgnored = #"perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV'"#

  /// Trains in the background, far longer than any test; `log` has its output.
  private static let longTraining = """
    train="charnn train --hidden 8 --layers 1 --batch 4 --steps 2 --threads 1 --json text.txt"
    \(noSignalIgnored) $train --epochs 100000 --save-every 100000 > log & pid=$!
    for i in $(seq 1000); do grep -q epoch log && break; sleep 0.02; done

    """

  @Test(arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)] as [(String, Int32)])
  func aSignalLeavesACheckpointToGoOnFrom(_ signal: String, _ code: Int32) throws {
    let shell = try Shell(["text.txt": String(repeating: Tiny.text, count: 4)])
    let stopped = try shell.run(
      Self.longTraining + "kill -\(signal) $pid; wait $pid; code=$?; cat log; exit $code",
      expecting: code)
    let last = try #require(try stopped.objects().last)
    #expect(last["event"] as? String == "interrupted")
    let epochs = try shell.run("charnn inspect --json").number("epochs")
    #expect(last["epochs"] as? Double == epochs)
    try shell.run("charnn predict the")
    try shell.run(
      """
      train="charnn train --hidden 8 --layers 1 --batch 4 --steps 2 --threads 1 text.txt --quiet"
      $train --epochs \(Int(epochs) + 1) --out whole &&
      $train --epochs \(Int(epochs) + 1) --resume && cmp charnn.safetensors whole
      """)
  }

  @Test(arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)] as [(String, Int32)])
  func aSignalBeforeTheFirstUpdateChangesNothing(_ signal: String, _ code: Int32) throws {
    let shell = try Shell.withModel()
    let before = try shell.data("charnn.safetensors")
    // It waits for a text that does not come.
    let outcome = try shell.run(
      """
      mkfifo pipe; sleep 30 > pipe & sleeper=$!
      \(Self.noSignalIgnored) charnn train - < pipe & pid=$!
      for i in $(seq 1000); do ls -A | grep -q charnn- && break; sleep 0.02; done
      sleep 0.2; kill -\(signal) $pid; wait $pid; code=$?; kill $sleeper; ls -A; exit $code
      """, expecting: code)
    #expect(outcome.output == "charnn.safetensors\npipe\ntext.txt\n")
    #expect(outcome.messages.hasPrefix("stopped before training began; nothing is written\n"))
    #expect(try shell.data("charnn.safetensors") == before)
  }

  @Test(arguments: ["INT", "HUP"])
  func aSignalThatWasIgnoredAtTheStartIsIgnored(_ signal: String) throws {
    try Shell(["text.txt": Tiny.text]).run(
      "trap '' \(signal);" + Self.longTraining.replacing(Self.noSignalIgnored, with: "")
        + "kill -\(signal) $pid; sleep 0.2; kill -TERM $pid; wait $pid", expecting: 143)
  }

  /// The note about the kept checkpoint does not fit into the pipe, so that training waits there for a
  /// reader. One signal leaves it waiting; only a second one can end it.
  @Test func aSecondSignalEndsTrainingAtOnce() throws {
    let outcome = try Shell.withModel().run(
      """
      mkfifo pipe; exec 3<>pipe
      perl -MFcntl -e 'sysopen F, "pipe", O_WRONLY | O_NONBLOCK; 1 while syswrite F, "x"'
      \(Self.noSignalIgnored) charnn train $TINY --epochs 100000 --save-every 1 text.txt \
        2>pipe >log 3>&- & pid=$!
      for i in $(seq 1000); do test -e charnn.safetensors.~1~ && break; sleep 0.02; done
      for i in $(seq 1000); do kill -INT $pid 2>/dev/null || break; sleep 0.02; done
      kill -KILL $pid 2>/dev/null; wait $pid; echo $?; grep -c epoch log
      """)
    #expect(outcome.output == "130\n1\n")
  }

  /// The text is so long that the first epoch does not end.
  @Test func aCheckpointIsWrittenWithinAnEpochAndGoneOnFrom() throws {
    let shell = try Shell(["text.txt": String(repeating: Tiny.text, count: 3000)])
    try shell.run(
      """
      train="charnn train --hidden 8 --layers 1 --batch 4 --steps 2 --threads 1 --quiet text.txt"
      train="$train --save-minutes 0.0005"; $train & pid=$!
      for i in $(seq 1000); do test -s charnn.safetensors && break; sleep 0.02; done
      kill -KILL $pid; wait $pid; cp charnn.safetensors left
      test "$(charnn inspect --history left | wc -l)" = 1 && charnn predict --model left the || exit
      $train --resume & pid=$!
      for i in $(seq 1000); do cmp -s left charnn.safetensors || break; sleep 0.02; done
      kill -TERM $pid; wait $pid
      test $? = 143 && ! cmp -s left charnn.safetensors && ls -A > names && cat names
      """)
    #expect(try shell.run("cat names").output == "charnn.safetensors\nleft\nnames\ntext.txt\n")
  }

  /// As a full disk would be: training goes on, and fails in the end.
  @Test func aFileBeyondTheLimitIsAnErrorAndTheCheckpointStays() throws {
    let shell = try Shell.withModel()
    let before = try shell.data("charnn.safetensors")
    let outcome = try shell.run(
      """
      ulimit -f 16
      charnn train --layers 1 --hidden 64 --batch 4 --steps 9 --epochs 3 --save-every 1 text.txt
      """, expecting: 73)
    #expect(
      outcome.messages == """
        warning: charnn.safetensors: cannot be written: File too large; training goes on, and will \
        try again
        charnn: charnn.safetensors: cannot be written: File too large

        """)
    #expect(try shell.data("charnn.safetensors") == before)
    #expect(try shell.run("ls -A").output == "charnn.safetensors\ntext.txt\n")
  }

  @Test func aReaderThatGoesAwayLeavesACheckpoint() throws {
    let shell = try Shell(["text.txt": Tiny.text])
    let outcome = try shell.run(
      """
      { charnn train $TINY --epochs 100000 text.txt; echo $? > code; } | head -1
      cat code; charnn inspect --history | tail -1
      """)
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("LSTM, 1 layer of 8 on text.txt"))
    #expect(lines[1] == "74")
    #expect(lines[2].split(separator: "\t").count == 4)
    #expect(outcome.messages == "charnn: cannot write the output: Broken pipe\n")
  }

  @Test func anotherTextCanBeLearnedWithTheModelOfThisOne() throws {
    let outcome = try Shell.withModel().run(
      """
      head -c 200 text.txt | tr a-m n-z > new.txt
      charnn train $TINY --from charnn.safetensors --out new new.txt
      charnn inspect new
      """)
    #expect(outcome.output.contains("\nvocabulary    28 tokens: "))
    #expect(outcome.output.contains("\ntrained on    new.txt "))
  }

  @Test func timeSpentStoppedCountsInNoEpoch() throws {
    let shell = try Shell(["text.txt": String(repeating: Tiny.text, count: 4)])
    let outcome = try shell.run(
      Self.longTraining
        + "kill -STOP $pid; sleep 3; kill -CONT $pid; sleep 0.5; kill -INT $pid; wait $pid; cat log"
    )
    let seconds = try outcome.objects().compactMap { $0["seconds"] as? Double }
    #expect((seconds.max() ?? 0) < 1.5, "\(seconds.max() ?? 0)")
  }
}
