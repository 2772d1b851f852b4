// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Synchronization

extension Command {
    /// Runs a command that prints a machine's console, until it ends, or a limit ends it; cancelling the task ends it,
    /// too.
    ///
    /// `silenceLimit` is asked every second. Throws what `onBytes` throws, `Failure` with code `process.launch`, and
    /// `CancellationError`.
    func console(
        timeLimit: Duration, silenceLimit: @escaping @Sendable () -> Duration, power: PowerSwitch = PowerSwitch(),
        onBytes: @escaping @Sendable ([UInt8]) throws -> Appetite
    ) async throws -> GuestMachine.Stop {
        let heard = Heard()
        return try await withThrowingTaskGroup(of: GuestMachine.Stop.self) { group in
            group.addTask {
                let ending = try await stream(deadline: timeLimit) { bytes in
                    heard.something()
                    return try onBytes(bytes)
                }
                switch ending {
                case .deadline: return .timeLimit
                case .stopped: return .enough
                case .exited, .signalled: return .byItself(succeeded: ending.succeeded, text: ending.text)
                }
            }
            group.addTask {
                while heard.last + silenceLimit() > .now { try await Task.sleep(for: .seconds(1)) }
                return .silence
            }
            group.addTask {
                try await power.cut()
                return .powerCut
            }
            // Leaving the group with the command's task cancelled waits until the command is gone.
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}

/// When something came last.
private final class Heard: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var last: ContinuousClock.Instant { instant.withLock { $0 } }

    func something() { instant.withLock { $0 = .now } }
}
