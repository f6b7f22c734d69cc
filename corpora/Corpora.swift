/// A text that is part of the program.
public enum BuiltInCorpus: String, CaseIterable, Sendable {
  /// An English tale in prose.
  case timeTraveller = "@time_traveller"
  /// Chinese song lyrics.
  case lyricsZh = "@lyrics_zh"

  /// The text, in UTF-8.
  public var bytes: [UInt8] {
    switch self {
    case .timeTraveller: PackageResources.time_traveller_txt
    case .lyricsZh: PackageResources.lyrics_zh_txt
    }
  }
}
