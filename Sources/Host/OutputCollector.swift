// SPDX-License-Identifier: Apache-2.0
internal import Subprocess
internal import Synchronization

/// Gathers what one child prints, bounded, from two concurrent readers.
final class OutputCollector: Sendable {
    private struct State {
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

    func addOutput(_ bytes: [UInt8]) {
        state.withLock { state in
            if !Self.append(bytes, to: &state.output, limit: limit) { state.truncated = true }
        }
    }

    func addError(_ bytes: [UInt8]) {
        state.withLock { state in
            if !Self.append(bytes, to: &state.error, limit: limit) { state.truncated = true }
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
                ending: state.stopped ?? ending, output: String(decoding: state.output, as: UTF8.self),
                error: String(decoding: state.error, as: UTF8.self), truncated: state.truncated)
        }
    }

    private static func append(_ bytes: [UInt8], to buffer: inout [UInt8], limit: Int) -> Bool {
        let room = limit - buffer.count
        buffer.append(contentsOf: bytes.prefix(max(0, room)))
        return bytes.count <= room
    }
}
