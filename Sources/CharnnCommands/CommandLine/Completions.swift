import Corpora

/// A shell for which charnn can print a completion script.
enum Shell: String, CaseIterable {
  case bash
  case zsh
  case fish

  /// A script that completes charnn's commands, options and values in this shell: file names only where a
  /// file belongs, and nothing where a number or a text does.
  func completionScript(for commands: [CommandDescription]) -> String {
    switch self {
    case .bash: bashScript(commands)
    case .zsh: zshScript(commands)
    case .fish: fishScript(commands)
    }
  }
}

/// The built-in corpora, as words of a script.
let corpusWords = BuiltInCorpus.allCases.map(\.rawValue).joined(separator: " ")

/// The shells, as words of a script.
let shellWords = Shell.allCases.map(\.rawValue).joined(separator: " ")
