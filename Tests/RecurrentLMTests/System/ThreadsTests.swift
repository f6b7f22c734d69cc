import Foundation
import Synchronization
import Testing

@testable import RecurrentLM

@Suite struct ThreadsTests {
  /// The counter advances only once the thread has gone beyond spinning.
  @Test(.timeLimit(.minutes(1)))
  func whoeverWaitsLongSleepsUntilTheCounterAdvances() throws {
    let counter = WaitableCounter()
    let isWoken = Atomic(false)
    let thread = try #require(
      SystemThread {
        counter.wait(past: 0)
        isWoken.store(true, ordering: .relaxed)
      })
    while !counter.hasSleepers { Thread.sleep(forTimeInterval: 0.001) }
    #expect(!isWoken.load(ordering: .relaxed))
    counter.advance()
    thread.join()
    #expect(isWoken.load(ordering: .relaxed))
    #expect(!counter.hasSleepers)
  }

  @Test func whatHasAdvancedIsNotWaitedFor() {
    let counter = WaitableCounter()
    counter.advance()
    counter.wait(past: 0)
    #expect(counter.current == 1)
    #expect(!counter.hasSleepers)
  }
}
