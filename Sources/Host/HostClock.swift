// SPDX-License-Identifier: Apache-2.0

/// The time that limits are measured by: the machine's, or one of a test's own that passes when the test says so.
package struct HostClock: Sendable {
    private let read: @Sendable () -> Duration
    private let wait: @Sendable (Duration) async throws -> Void

    /// `read` gives the time since any fixed moment; `wait` returns after a duration, and throws when its task is
    /// cancelled.
    package init(read: @escaping @Sendable () -> Duration, wait: @escaping @Sendable (Duration) async throws -> Void) {
        self.read = read
        self.wait = wait
    }

    /// The machine's clock that never goes back.
    package static let system: HostClock = {
        let start = ContinuousClock.now
        return HostClock(read: { ContinuousClock.now - start }, wait: { try await Task.sleep(for: $0) })
    }()

    package func now() -> Duration { read() }

    package func sleep(for duration: Duration) async throws { try await wait(duration) }
}
