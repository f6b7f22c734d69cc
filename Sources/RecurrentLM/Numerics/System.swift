#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// All bytes of standard input.
///
/// - Throws: `POSIXError`.
func standardInput() throws -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = chunk.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
    if count == 0 { return bytes }
    if count > 0 {
      bytes += chunk[..<count]
    } else if errno != EINTR {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }
}

/// Why a file operation of Foundation failed, in the operating system's words where it has any.
func reason(of error: any Error) -> String {
  if let system = error as? POSIXError { return String(cString: strerror(system.code.rawValue)) }
  if let cocoa = error as? CocoaError, let cause = cocoa.underlying { return reason(of: cause) }
  return String(describing: error)
}

/// Of x86-64, and of arm64 with pages of 4 KB.
let largePageSize = 1 << 21

/// Asks for large pages behind memory that begins with one and has not been touched yet. Strided
/// walks through megabytes otherwise wait for address translation, most of all on virtual machines:
/// 4% of training time; and the first touch of each small page costs some microseconds.
func adviseLargePages(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
  #if os(Linux)
    // Whether the system follows the advice changes nothing but the speed.
    if byteCount >= largePageSize { madvise(memory, byteCount, 14 /* MADV_HUGEPAGE */) }
  #endif
}
