import RecurrentLM

/// The checkpoint that `charnn train` writes, and that the other commands read, unless told otherwise.
let defaultModelPath = "charnn.safetensors"

/// The checkpoint that a command reads: the one given, else `$CHARNN_MODEL`, else the default.
func modelPath(_ given: String?) -> String {
  given ?? ProcessInfo.processInfo.environment["CHARNN_MODEL"].flatMap { $0.isEmpty ? nil : $0 }
    ?? defaultModelPath
}

/// How help shows the default of `modelPath`.
let modelDefault = "$CHARNN_MODEL or \(defaultModelPath)"
