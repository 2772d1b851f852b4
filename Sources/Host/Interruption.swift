// SPDX-License-Identifier: Apache-2.0

/// Whether work that never waits shall end early, because its task was cancelled.
public enum Interruption {
    /// Asked between two pieces of work. Threads that work for a task and are not part of it get that task's answer.
    @TaskLocal static var isRequested: @Sendable () -> Bool = { Task.isCancelled }

    /// Throws `CancellationError` where the work shall end.
    public static func check() throws {
        if isRequested() { throw CancellationError() }
    }
}
