// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Whether work that never waits shall end early, because its task was cancelled.
package enum Interruption {
    private final class Answer {
        let isRequested: () -> Bool

        init(_ isRequested: @escaping () -> Bool) { self.isRequested = isRequested }
    }

    /// Of a thread that works for a task and is not part of it. A task-local value does not do: outside of a task the
    /// runtime that is linked into a program has no place for one.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        guard unsafe pthread_key_create(&key, nil) == 0 else { preconditionFailure("no thread-specific data is left") }
        return key
    }()

    /// Throws `CancellationError` where the work shall end.
    package static func check() throws {
        if isRequested { throw CancellationError() }
    }

    private static var isRequested: Bool {
        guard let place = unsafe pthread_getspecific(key) else { return Task.isCancelled }
        return unsafe Unmanaged<Answer>.fromOpaque(place).takeUnretainedValue().isRequested()
    }

    /// Runs `work`, in which `check` asks `isRequested` on this thread.
    static func asking(_ isRequested: @escaping () -> Bool, _ work: () -> Void) {
        let before = unsafe pthread_getspecific(key)
        let answer = Answer(isRequested)
        unsafe pthread_setspecific(key, Unmanaged.passUnretained(answer).toOpaque())
        withExtendedLifetime(answer) { work() }
        unsafe pthread_setspecific(key, before)
    }
}
