// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Reads what tar says while it unpacks: checkpoints, complaints, and the pipeline's exit states at the end.
final class UnpackingLines: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var states: [Int] = []
        var complaints: [String] = []
    }

    private static let mostComplaints = 50
    private static let longestLine = 8192
    private let state = Mutex(State())

    /// Returns the newest checkpoint's number of records, if the bytes hold one.
    func take(_ bytes: [UInt8]) -> Int? {
        state.withLock { state in
            var newest: Int?
            for byte in bytes {
                if byte != UInt8(ascii: "\n") {
                    if state.pending.count < Self.longestLine { state.pending.append(byte) }
                    continue
                }
                let line = String(decoding: state.pending, as: UTF8.self)
                state.pending.removeAll(keepingCapacity: true)
                if line.hasPrefix("unpacked ") || line.hasPrefix("tar: unpacked ") {
                    newest = line.split(separator: " ").last.flatMap { Int($0) } ?? newest
                } else if line.hasPrefix("status ") {
                    state.states = line.split(separator: " ").dropFirst().compactMap { Int($0) }
                } else if state.complaints.count < Self.mostComplaints || line.contains("No space left on device") {
                    if state.complaints.count >= Self.mostComplaints { state.complaints.removeLast() }
                    state.complaints.append(line)
                }
            }
            return newest
        }
    }

    var result: (states: [Int], text: String) {
        state.withLock { ($0.states, $0.complaints.joined(separator: "\n")) }
    }
}
