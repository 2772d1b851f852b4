// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Work that puts back what stopped work had changed, and which the end of a stopped process waits for.
public enum Restoration {
    private static let running = Atomic<Int>(0)

    /// Whether such work is going on.
    public static var isRunning: Bool { running.load(ordering: .acquiring) > 0 }

    /// Does the work; a process that was stopped does not end before it has.
    public static func perform<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        running.add(1, ordering: .releasing)
        defer { running.subtract(1, ordering: .releasing) }
        return try await body()
    }
}
