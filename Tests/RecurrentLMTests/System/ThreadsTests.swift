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
    // Swift 6.0's #expect takes no atomic.
    let isWokenBefore = isWoken.load(ordering: .relaxed)
    #expect(!isWokenBefore)
    counter.advance()
    thread.join()
    let isWokenAfter = isWoken.load(ordering: .relaxed)
    #expect(isWokenAfter)
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
