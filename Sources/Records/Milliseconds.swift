// SPDX-License-Identifier: Apache-2.0

/// Durations as records have them: whole milliseconds, since their bytes hold no fractions (RFC 8785).
package enum Milliseconds {
    package static func of(_ seconds: Double) -> Int {
        seconds.isFinite ? Int(max(-9e15, min(9e15, (seconds * 1000).rounded()))) : 0
    }
}

/// What took some time.
package protocol Timed {
    var milliseconds: Int { get }
}

extension Timed {
    package var seconds: Double { Double(milliseconds) / 1000 }
}
