// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class TestClock: Sendable {
    private struct Sleeper {
        let id: Int
        let end: Duration
        let wake: AsyncStream<Void>.Continuation
    }

    private struct State {
        var now = Duration.zero
        var isRunning = false
        var sleepers: [Sleeper] = []
        var nextID = 0
        var sleeps = 0
        var reads = 0
        var watchers: [(count: Int, tell: AsyncStream<Void>.Continuation)] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// What the code under test gets.
    package var clock: HostClock {
        HostClock(read: { self.read() }, wait: { try await self.sleep(for: $0) })
    }

    /// How often the time was asked for.
    package var reads: Int { state.withLock(\.reads) }

    private func read() -> Duration {
        state.withLock { state in
            state.reads += 1
            return state.now
        }
    }

    /// Moves the time on, and wakes those who slept until then.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            return Self.takeDue(&state)
        }
        for sleeper in due { sleeper.wake.finish() }
    }

    /// From now on whoever sleeps makes the time pass at once.
    package func run() {
        let due = state.withLock { state in
            state.isRunning = true
            // The shortest sleep ends, so that those who sleep again and again come on.
            if let first = state.sleepers.map(\.end).min() { state.now = max(state.now, first) }
            return Self.takeDue(&state)
        }
        for sleeper in due { sleeper.wake.finish() }
    }

    /// Returns when so many sleeps have begun since the clock was made.
    package func sleeps(reach count: Int) async {
        let (told, tell) = AsyncStream<Void>.makeStream()
        state.withLock { state in
            if state.sleeps >= count { tell.finish() } else { state.watchers.append((count, tell)) }
        }
        for await _ in told {}
    }

    private static func takeDue(_ state: inout State) -> [Sleeper] {
        let now = state.now
        let due = state.sleepers.filter { $0.end <= now }
        state.sleepers.removeAll { $0.end <= now }
        return due
    }

    private func sleep(for duration: Duration) async throws {
        let (woken, wake) = AsyncStream<Void>.makeStream()
        let (id, due) = state.withLock { state -> (Int, [Sleeper]) in
            state.nextID += 1
            state.sleepers.append(Sleeper(id: state.nextID, end: state.now + duration, wake: wake))
            if state.isRunning { state.now += duration }
            state.sleeps += 1
            for watcher in state.watchers where watcher.count <= state.sleeps { watcher.tell.finish() }
            state.watchers.removeAll { $0.count <= state.sleeps }
            return (state.nextID, Self.takeDue(&state))
        }
        for sleeper in due { sleeper.wake.finish() }
        // A stream ends early where its task is cancelled.
        for await _ in woken {}
        state.withLock { $0.sleepers.removeAll { $0.id == id } }
        try Task.checkCancellation()
    }
}

/// Returns when the condition holds, which only the test's own limit may end.
package func until(_ condition: @Sendable () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
