// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Synchronization

extension Command {
    /// Runs a command that prints a machine's console, until it ends, or a limit ends it; cancelling the task ends it,
    /// too.
    ///
    /// `silenceLimit` is asked every second of `clock`. Throws what `onBytes` throws, `Failure` with code `process.launch`, and
    /// `CancellationError`.
    func console(
        timeLimit: Duration, silenceLimit: @escaping @Sendable () -> Duration, power: PowerSwitch = PowerSwitch(),
        clock: HostClock, onBytes: @escaping @Sendable ([UInt8]) throws -> Appetite
    ) async throws -> GuestMachine.Stop {
        let heard = Heard(clock)
        return try await withThrowingTaskGroup(of: GuestMachine.Stop.self) { group in
            group.addTask {
                let ending = try await stream(deadline: timeLimit, clock: clock) { bytes in
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
                while heard.last + silenceLimit() > clock.now() { try await clock.sleep(for: .seconds(1)) }
                return .silence
            }
            group.addTask {
                try await power.cut(clock)
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
    private let clock: HostClock
    private let moment: Mutex<Duration>

    init(_ clock: HostClock) {
        self.clock = clock
        moment = Mutex(clock.now())
    }

    var last: Duration { moment.withLock { $0 } }

    func something() { moment.withLock { $0 = clock.now() } }
}
