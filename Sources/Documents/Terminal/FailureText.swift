// SPDX-License-Identifier: Apache-2.0
package import Host

extension Failure {
    /// Why the work could not be done, for a terminal.
    ///
    /// The message and the advice are one line each, and a margin stands before each line of what the layer below said:
    /// text from outside can neither act on the terminal nor pose as a line of Bessemer's own.
    package var terminalText: String {
        func visible(_ text: String) -> String { VisibleText.of(text, columns: 2000) }
        let mostLines = 60
        var lines = ["bessemer: " + visible(message)]
        let below = (underlying ?? "").split(separator: "\n").map(String.init)
        lines += below.prefix(mostLines).map { "  | " + visible($0) }
        if below.count > mostLines { lines.append("  | and \(below.count - mostLines) more lines") }
        lines.append("  what to do: " + visible(advice))
        return lines.joined(separator: "\n")
    }
}
