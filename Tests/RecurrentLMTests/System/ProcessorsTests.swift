import Testing

@testable import RecurrentLM

@Suite struct ProcessorsTests {
  @Test(arguments: [
    ("Name:\tcharnn\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2),
    ("Cpus_allowed:\tff,00000000,80000001\n", 10), ("Cpus_allowed:\t1\n", 1),
    ("Name:\tcharnn\n", nil), ("", nil),
  ])
  func aProcessMayBeBoundToSomeProcessors(_ status: String, _ count: Int?) {
    #expect(processors(ofStatus: status) == count)
  }

  @Test(arguments: [
    ("200000 100000\n", 2), ("150000 100000\n", 2), ("1000 100000\n", 1),
    ("max 100000\n", nil), ("inf 100000\n", nil), ("100000 0\n", nil), ("", nil), ("1 2 3", nil),
  ])
  func aControlGroupMayHaveAQuotaOfProcessorTime(_ limit: String, _ count: Int?) {
    #expect(processors(ofQuota: limit) == count)
  }

  @Test func thereIsAProcessor() {
    #expect(availableProcessorCount >= 1)
  }
}
