import RecurrentLM

/// Reads what the fuzzer makes up as a text; its first byte chooses the transformation.
private func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let mode = TextMode.allCases[Int(bytes.first ?? 0) % TextMode.allCases.count]
  let corpus = Corpus(utf8: Array(bytes.dropFirst()), source: "fuzz")
  if let text = try? corpus.read(mode, limit: bytes.count / 2) { _ = try? text.numbered() }
  return 0
}

/// libFuzzer's own main, under the name that the package manager gives a program's.
@_cdecl("FuzzText_main")
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
