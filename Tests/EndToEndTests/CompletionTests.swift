import Foundation
import Testing

/// Completions, in the shells themselves.
@Suite(.timeLimit(.minutes(5))) struct CompletionTests {
  /// What the script of a shell is installed by, as the README says.
  private static let installations = [
    "bash": ". <(charnn --generate-completion-script bash)",
    "zsh": "charnn --generate-completion-script zsh > f/_charnn; fpath=($PWD/f $fpath); "
      + "autoload -Uz compinit; compinit -u -d f/dump",
  ]
  private static let starts = ["bash": "bash --norc --noprofile -i", "zsh": "zsh -f -i"]

  @Test(
    .enabled(if: isInstalled("tmux"), "needs tmux"),
    arguments: installedShells)
  func theTabKeyCompletesTheLastWord(_ name: String) throws {
    let shell = try Shell(["my novel.txt": "text"])
    let terminal = try Terminal(
      shell, columns: 120, "mkdir f; PS1='> ' exec \(try #require(Self.starts[name]))")
    let installation = try #require(Self.installations[name])
    try terminal.type("\(installation); clear; PS1='> '; echo rea''dy", "Enter")
    try terminal.wait("the shell is ready") { $0.contains("ready\n>") }
    for (typed, completed) in [
      ("train --cell=l", "train --cell=lstm "),
      ("tr", "train "),
      ("train --cell gr", "train --cell gru "),
      ("eval --unknown=s", "eval --unknown=skip "),
      ("inspect --his", "inspect --history "),
      ("train my", "train my\\ novel.txt "),
      ("predict --model my", "predict --model my\\ novel.txt "),
      ("train --out=my", "train --out=my\\ novel.txt "),
      ("train --epochs 3 @t", "train --epochs 3 @time_traveller "),
      ("help ev", "help eval "),
      ("--generate-completion-script z", "--generate-completion-script zsh "),
      // Nothing belongs there that a shell could know.
      ("predict m", "predict m"), ("train --prompt m", "train --prompt m"),
      ("train --hidden=", "train --hidden="), ("train --cell m", "train --cell m"),
    ] {
      try terminal.type("charnn \(typed)", "Tab", "X")
      try terminal.wait("\(typed) is completed") { $0.contains("> charnn \(completed)X\n") }
      try terminal.type("C-u")
    }
    try terminal.type("exit", "Enter")
  }

  @Test(
    .enabled(if: isInstalled("fish"), "needs fish"),
    arguments: [
      ("", ["eval", "help", "inspect", "predict", "train"]),
      ("train --cell=", ["--cell=gru", "--cell=lstm", "--cell=rnn"]),
      ("train --cell ", ["gru", "lstm", "rnn"]),
      ("inspect --his", ["--history"]),
      ("train my", ["my novel.txt"]), ("inspect my", ["my novel.txt"]),
      ("train --out=my", ["--out=my novel.txt"]),
      ("predict --model my", ["my novel.txt"]),
      ("train @", ["@lyrics_zh", "@time_traveller"]),
      ("help ev", ["eval"]),
      ("--generate-completion-script ", ["bash", "fish", "zsh"]),
      ("predict m", []), ("predict train --cell ", []), ("train --prompt m", []),
      ("train --hidden ", []), ("train --hidden=", []),
    ])
  func fishCompletesTheLastWord(_ typed: String, _ expected: [String]) throws {
    let shell = try Shell(["my novel.txt": "text"])
    let outcome = try shell.run(
      "charnn --generate-completion-script fish > charnn.fish; HOME=$PWD exec fish --no-config -c "
        + "'source charnn.fish; complete -C \"charnn \(typed)\"'")
    let found = outcome.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
    #expect(found.map(String.init).sorted() == expected)
  }
}

private let installedShells = ["bash", "zsh"].filter(isInstalled)
