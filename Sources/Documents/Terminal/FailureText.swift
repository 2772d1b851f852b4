// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why the work could not be done, for a terminal.
///
/// The message and the advice are one line each, and a margin stands before each line of what the layer below said: text
/// from outside can neither act on the terminal nor pose as a line of Bessemer's own.
package struct FailureText: Sendable {
    private static let mostLines = 60
    private static let mostColumns = 2000
    private let failure: Failure

    package init(_ failure: Failure) { self.failure = failure }

    package var text: String {
        var lines = ["bessemer: " + visible(failure.message)]
        let below = (failure.underlying ?? "").split(separator: "\n").map(String.init)
        lines += below.prefix(Self.mostLines).map { "  | " + visible($0) }
        if below.count > Self.mostLines { lines.append("  | and \(below.count - Self.mostLines) more lines") }
        lines.append("  what to do: " + visible(failure.advice))
        return lines.joined(separator: "\n")
    }

    private func visible(_ text: String) -> String { VisibleText.of(text, columns: Self.mostColumns) }
}
