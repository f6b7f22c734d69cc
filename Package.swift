// swift-tools-version: 6.0
import PackageDescription

/// The SIMD loops, compiled for one instruction set.
///
/// They are optimised in every configuration, and as whole modules: without that they are a hundred
/// times slower, and `swift test` builds everything else that way. Unchecked, because the library
/// checks shapes before it calls them and index arithmetic on raw pointers has nothing more to check.
/// Without `errno`, sixteen square roots become one instruction.
///
/// - Parameters:
///   - march: the level of x86-64.
///   - extensions: of the instruction set beyond that level.
///   - conditions: under which parts of the sources are compiled.
func kernels(
  _ name: String, march: String? = nil, extensions: [String] = [], conditions: String...
) -> Target {
  let architecture = (march.map { ["-march=\($0)"] } ?? []) + extensions.map { "-m\($0)" }
  return .target(
    name: name,
    dependencies: ["CSIMD", "KernelOperands"],
    swiftSettings: [
      .unsafeFlags(
        ["-Ounchecked", "-Xcc", "-fno-math-errno"] + architecture.flatMap { ["-Xcc", $0] }),
      // As release builds do it, but an object file for each source, which debug builds expect.
      .unsafeFlags(
        ["-whole-module-optimization", "-num-threads", "1", "-disable-batch-mode"],
        .when(configuration: .debug)),
    ] + conditions.map { .define($0) })
}

// On x86-64 the same kernel sources (KernelsAVX2 and so on are links to Kernels) are built for five
// instruction sets, and one is chosen when the program starts.
#if arch(x86_64)
  let kernelTargets = [
    kernels("Kernels", conditions: "BASELINE_TILES"),
    kernels("KernelsAVX2", march: "x86-64-v3", conditions: "NARROW_TILES"),
    kernels("KernelsAVX512", march: "x86-64-v4", conditions: "WIDE_TILES"),
    kernels(
      "KernelsAVX512BF16", march: "x86-64-v4", extensions: ["avx512bf16", "avx512vnni"],
      conditions: "WIDE_TILES"),
    // Without BF16: where AMX is, VDPBF16PS is slower than two multiply-adds of floats.
    kernels(
      "KernelsAMX", march: "x86-64-v4", extensions: ["avx512vnni", "amx-tile", "amx-bf16"],
      conditions: "WIDE_TILES", "AMX"),
  ]
#else
  let kernelTargets = [kernels("Kernels", conditions: "NARROW_TILES")]
#endif

let package = Package(
  name: "charnn",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "charnn", targets: ["charnn"]),
    .library(name: "RecurrentLM", targets: ["RecurrentLM"]),
  ],
  targets: kernelTargets + [
    .target(name: "CSIMD"),
    .target(name: "KernelOperands"),
    .target(
      name: "RecurrentLM",
      dependencies: ["CSIMD", "KernelOperands"] + kernelTargets.map { .byName(name: $0.name) }),
    .target(
      name: "Corpora", path: "corpora", exclude: ["README.md"],
      resources: [.embedInCode("time_traveller.txt"), .embedInCode("lyrics_zh.txt")]),
    .target(name: "CharnnCommands", dependencies: ["RecurrentLM", "Corpora"]),
    .executableTarget(name: "charnn", dependencies: ["CharnnCommands", "RecurrentLM"]),
    .testTarget(
      name: "KernelsTests",
      dependencies: ["CSIMD", "KernelOperands"] + kernelTargets.map { .byName(name: $0.name) }),
    .testTarget(
      name: "RecurrentLMTests", dependencies: ["RecurrentLM"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CharnnCommandsTests", dependencies: ["CharnnCommands", "Corpora"],
      exclude: ["Help"]),
    .testTarget(name: "EndToEndTests", dependencies: ["charnn"]),
  ],
  swiftLanguageModes: [.v6]
)
