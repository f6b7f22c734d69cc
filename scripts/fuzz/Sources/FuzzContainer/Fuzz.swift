import Foundation
import RecurrentLM

private let path = NSTemporaryDirectory() + "charnn-fuzz-\(getpid())"

/// Opens what the fuzzer makes up as a checkpoint, and reads all of it. Errors are what it should be
/// answered with; whatever stops the program is a find.
private func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  _ = FileManager.default.createFile(atPath: path, contents: Data(bytes: data, count: count))
  if let reader = try? SafeTensorsReader(path) { try? reader.read { _, _ in } }
  _ = try? Checkpoint(contentsOf: path).model()
  return 0
}

/// libFuzzer's own main, under the name that the package manager gives a program's.
@_cdecl("FuzzContainer_main")
public func main(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments, { fuzz($0, $1) })
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ fuzz: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt
