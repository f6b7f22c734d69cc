import RecurrentLM

/// The number of threads that a command uses: at most as many as can run at a time, since more would
/// only wait. A note says so where it is less than `wanted`.
func usableThreads(_ wanted: Int, _ console: Console) -> Int {
  guard wanted > availableProcessorCount else { return wanted }
  console.hint(
    "--threads \(wanted) is more than the \(availableProcessorCount) that can run here at a time; "
      + "\(availableProcessorCount) will do")
  return availableProcessorCount
}
