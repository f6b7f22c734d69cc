/// How many threads of this process can run at a time: on the processors that it is bound to, as
/// `taskset` and containers do, and within the quotas of its control groups. At least 1. More threads
/// would only wait for each other.
public let availableProcessorCount = max(
  1,
  min(
    ProcessInfo.processInfo.activeProcessorCount,
    text(ofFile: "/proc/self/status").flatMap(processors(ofStatus:)) ?? .max,
    controlGroupFiles("cpu.max").compactMap(processors(ofQuota:)).min() ?? .max))

/// The processors of the mask in a process's `status` (Linux, proc(5)), of which Foundation takes no
/// notice: `Cpus_allowed:` and hexadecimal digits.
func processors(ofStatus text: String) -> Int? {
  let mask = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
  return mask?.split(separator: ":").last?.reduce(0) {
    $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount
  }
}

/// What the `cpu.max` of a control group (Linux, cgroups(7)) is worth: microseconds of processor time
/// in each period, and the period's microseconds. Rounded up; nil if there is no limit.
func processors(ofQuota text: String) -> Int? {
  let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
  guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], period > 0 else {
    return nil
  }
  return Int(exactly: (quota / period).rounded(.up))
}
