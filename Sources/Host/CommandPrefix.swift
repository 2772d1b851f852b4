// SPDX-License-Identifier: Apache-2.0

/// A command before another one that runs that elsewhere: `ssh build1`, `podman exec -i x`.
public struct CommandPrefix: Sendable, Hashable {
    private let words: [String]

    /// Words are separated by spaces; nothing is quoted. nil where there are none.
    public init?(_ text: String) {
        words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.isEmpty { return nil }
    }

    public var text: String { words.joined(separator: " ") }

    /// The prefix alone, as a command.
    public var command: Command { Command(words[0], Array(words.dropFirst())) }

    /// A program, run there.
    public func command(_ program: String, _ arguments: [String] = []) -> Command {
        Command(words[0], words.dropFirst() + [program] + arguments)
    }
}
