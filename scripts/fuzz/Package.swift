// swift-tools-version: 6.0
import PackageDescription

/// libFuzzer's harnesses, built by scripts/sanitize with `-sanitize=fuzzer`: programs that feed what the
/// fuzzer makes up to the parts of the library that read files. They depend on the checkout around them
/// and nothing else.
func fuzzer(_ name: String) -> Target {
  .executableTarget(
    name: name, dependencies: [.product(name: "RecurrentLM", package: "charnn")],
    swiftSettings: [.unsafeFlags(["-parse-as-library"])],
    // gold, the default, fails at what FuzzText refers to.
    linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
}

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "charnn", path: "../..")],
  targets: [fuzzer("FuzzContainer"), fuzzer("FuzzText")],
  swiftLanguageModes: [.v6]
)
