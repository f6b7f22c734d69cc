// EndToEndTests has a link to this file.

import Foundation

/// Whether a program is in a folder of PATH.
func isInstalled(_ program: String) -> Bool {
  ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
  }
}
