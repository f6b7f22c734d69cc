// EndToEndTests has a link to this file.

import Foundation
import Testing

/// What a command wrote and how it ended.
struct Outcome<Code> {
  let code: Code
  let output: String
  let messages: String

  /// The lines of the output, each a JSON object.
  func objects() throws -> [[String: any Sendable]] {
    try output.split(separator: "\n").map { try jsonObject($0) }
  }
}

func jsonObject(_ text: some StringProtocol) throws -> [String: any Sendable] {
  let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
  return try #require(value as? [String: any Sendable])
}
