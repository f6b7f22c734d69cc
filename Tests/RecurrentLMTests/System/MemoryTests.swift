import Testing

@testable import RecurrentLM

@Suite struct MemoryTests {
  @Test func whatDoesNotFitIsRefusedWithTheSum() {
    let needed: [MemoryUse: Int] = [.parameters: .max / 2, .activations: 5]
    #expect {
      try InsufficientMemory.check(needed)
    } throws: { error in
      guard let error = error as? InsufficientMemory else { return false }
      return error.total == .max / 2 + 5 && error.needed == needed && error.available > 0
    }
    #expect(throws: Never.self) { try InsufficientMemory.check([.text: 1]) }
  }

  /// The limit of a container may stand at its group or at any around it.
  @Test func aControlGroupsFilesAreItsOwnAndThoseAround() {
    let groups = "5:cpu,memory:/a/b\n1:name=systemd:/a\n0::/c\n"
    #expect(
      controlGroupPaths(groups, "memory.max", "memory.limit_in_bytes") == [
        "/sys/fs/cgroup/cpu,memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/cpu,memory/a/memory.limit_in_bytes",
        "/sys/fs/cgroup/cpu,memory/a/b/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/c/memory.max",
      ])
    #expect(
      controlGroupPaths(groups, "cpu.max", nil) == [
        "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/c/cpu.max",
      ])
    #expect(controlGroupPaths("", "cpu.max", nil).isEmpty)
    #expect(controlGroupPaths("damaged\n:\n", "cpu.max", nil).isEmpty)
  }
}
