// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import Commands

/// What happened, in its order; whoever waits for something is woken by it.
private final class Events: Sendable {
    private let list = Mutex<[String]>([])
    private let arrival = DispatchSemaphore(value: 0)

    func add(_ event: String) {
        list.withLock { $0.append(event) }
        arrival.signal()
    }

    func wait() { arrival.wait() }
    var all: [String] { list.withLock { $0 } }
}

@Suite(.serialized) struct SignalWatchTests {
    @Test func `the first signal stops the work, and the process ends where the work does not`() {
        let events = Events()
        let patience = DispatchSemaphore(value: 0)
        let watch = SignalWatch(
            signals: [SIGUSR1], wait: { patience.wait() }, abandon: { events.add("abandon") }
        ) { events.add("stop") }
        kill(getpid(), SIGUSR1)
        events.wait()
        #expect(events.all == ["stop"])
        patience.signal()
        events.wait()
        #expect(events.all == ["stop", "abandon"])
        watch.end()
    }

    @Test func `work that ends in time is not cut off`() {
        let events = Events()
        let patience = DispatchSemaphore(value: 0)
        let isLeft = DispatchSemaphore(value: 0)
        let watch = SignalWatch(
            signals: [SIGUSR1],
            wait: {
                patience.wait()
                isLeft.signal()
            }, abandon: { events.add("abandon") }
        ) { events.add("stop") }
        kill(getpid(), SIGUSR1)
        events.wait()
        watch.end()
        patience.signal()
        isLeft.wait()
        #expect(events.all == ["stop"])
    }

    @Test func `a signal that was ignored at the start stays ignored`() {
        _ = signal(SIGUSR2, SIG_IGN)
        defer { _ = signal(SIGUSR2, SIG_DFL) }
        let events = Events()
        let watch = SignalWatch(signals: [SIGUSR1, SIGUSR2], wait: {}, abandon: {}) { events.add("stop") }
        kill(getpid(), SIGUSR2)
        #expect(SignalWatch.ignored().contains(SIGUSR2))
        #expect(!SignalWatch.ignored().contains(SIGUSR1))
        kill(getpid(), SIGUSR1)
        events.wait()
        #expect(events.all == ["stop"])
        watch.end()
    }
}
