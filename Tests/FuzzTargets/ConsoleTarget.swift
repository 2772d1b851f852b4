// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Guest
internal import Records

extension FuzzTarget {
    /// Reads a console whole and in pieces: both must come to the same.
    func readConsole(_ bytes: Bytes) {
        let whole = (0..<bytes.count).compactMap { bytes[$0] }
        let steps = ["x", "power off"]
        var reader = ConsoleReader(steps: steps, saidLimit: 10)
        reader.add(whole)
        let tests = reader.finish()
        var other = ConsoleReader(steps: steps, saidLimit: 10)
        var start = 0
        while start < whole.count {
            let end = min(whole.count, start + 1 + Int(whole[start] % 50))
            other.add(Array(whole[start..<end]))
            start = end
        }
        precondition(other.finish() == tests && other.events == reader.events, "pieces change what is read")
        if var second = reader.rereader {
            second.add(whole)
            precondition(second.finish().flatMap(\.leaves).count <= whole.count, "results come from nowhere")
        }
        _ = reader.lastLine
        _ = TestComparison(baseline: tests, candidate: tests).changes
        _ = tests.flatMap(\.leaves).map(\.path)
    }
}
