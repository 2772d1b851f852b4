// SPDX-License-Identifier: Apache-2.0

/// Why Bessemer could not do its work: what was tried, what was found, and what to do about it.
public struct Failure: Error, Sendable, CustomStringConvertible {
    /// A stable word for scripts and tests, e.g. `source.truncated`.
    public let code: String
    /// What was tried and what was found, as one sentence for a person.
    public let message: String
    /// The next thing to do or the next command to type.
    public let advice: String
    /// What the layer below said, if anything.
    public let underlying: String?

    public init(_ code: String, _ message: String, advice: String, underlying: String? = nil) {
        self.code = code
        self.message = message
        self.advice = advice
        // What a program said ends in line ends, a terminal's among them.
        var said = underlying.map { $0.replacing("\r\n", with: "\n").drop(while: \.isNewline) }
        while said?.last?.isWhitespace == true { said?.removeLast() }
        self.underlying = said.map(String.init)
    }

    public init(_ code: String, _ message: String, advice: String, underlying: any Error) {
        self.init(code, message, advice: advice, underlying: ErrorWords.of(underlying))
    }

    public var description: String {
        var text = message
        if let underlying, !underlying.isEmpty { text += "\n  \(underlying)" }
        return text + "\n  what to do: \(advice)"
    }
}
