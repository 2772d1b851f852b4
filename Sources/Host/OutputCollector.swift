// SPDX-License-Identifier: Apache-2.0
internal import Subprocess
internal import Synchronization

/// Gathers what one child prints, bounded, from two concurrent readers.
final class OutputCollector: Sendable {
    struct State {
        var output: [UInt8] = []
        var error: [UInt8] = []
        var truncated = false
        var stopped: Ending?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    var isStopped: Bool { state.withLock { $0.stopped != nil } }

    func stop(_ ending: Ending) {
        state.withLock { $0.stopped = $0.stopped ?? ending }
    }

    func add(_ bytes: [UInt8], to stream: WritableKeyPath<State, [UInt8]>) {
        state.withLock { state in
            let room = max(0, limit - state[keyPath: stream].count)
            state[keyPath: stream] += bytes.prefix(room)
            if bytes.count > room { state.truncated = true }
        }
    }

    func outcome(_ status: TerminationStatus) -> Outcome {
        state.withLock { state in
            let ending: Ending =
                switch status {
                case .exited(let code): .exited(code)
                case .signaled(let number): .signalled(number)
                }
            return Outcome(
                ending: state.stopped ?? ending, bytes: state.output,
                output: String(decoding: state.output, as: UTF8.self),
                error: String(decoding: state.error, as: UTF8.self), truncated: state.truncated)
        }
    }
}
