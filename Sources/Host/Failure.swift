// SPDX-License-Identifier: Apache-2.0

/// Why Bessemer could not do its work: what was tried, what was found, and what to do about it.
///
/// Its texts are shown and recorded, so what may be a secret in them is left out (`Redaction`).
package struct Failure: Error, Sendable, CustomStringConvertible {
    /// A stable word for scripts and tests, e.g. `source.truncated`.
    package let code: String
    /// What was tried and what was found, as one sentence for a person.
    package let message: String
    /// The next thing to do or the next command to type.
    package let advice: String
    /// What the layer below said, if anything.
    package let underlying: String?

    package init(_ code: String, _ message: String, advice: String, underlying: String? = nil) {
        let redaction = Redaction.ofProcess
        self.code = code
        self.message = redaction.text(message)
        self.advice = redaction.text(advice)
        // What a program said ends in line ends, a terminal's among them.
        var said = underlying.map { $0.replacing("\r\n", with: "\n").drop(while: \.isNewline) }
        while said?.last?.isWhitespace == true { said?.removeLast() }
        self.underlying = said.map { redaction.text(String($0)) }
    }

    package init(_ code: String, _ message: String, advice: String, underlying: any Error) {
        self.init(code, message, advice: advice, underlying: ErrorWords.of(underlying))
    }

    /// Any error as one: what is no `Failure` is one of Bessemer's own.
    package init(of error: any Error) {
        self =
            (error as? Failure)
            ?? Failure(
                "internal", "something unexpected went wrong", advice: "report it with this text", underlying: error)
    }

    package var description: String {
        var text = message
        if let underlying, !underlying.isEmpty { text += "\n  " + underlying.replacing("\n", with: "\n  ") }
        return text + "\n  what to do: \(advice)"
    }
}
