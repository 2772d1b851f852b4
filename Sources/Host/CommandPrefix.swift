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

    /// What the prefix leads to, as it can be named in records: the last word that is neither an option, nor the value that
    /// may follow a long one, nor an assignment. Options are where secrets stand.
    public var name: String {
        for (index, word) in words.enumerated().reversed() where !word.hasPrefix("-") && !word.contains("=") {
            let before = index > 0 ? words[index - 1] : ""
            if !before.hasPrefix("--") || before.contains("=") || before == "--" { return word }
        }
        return "the machine"
    }

    /// The prefix alone, as a command.
    public var command: Command { Command(words[0], Array(words.dropFirst())) }

    /// A program, run there.
    public func command(_ program: String, _ arguments: [String] = []) -> Command {
        Command(words[0], words.dropFirst() + [program] + arguments)
    }
}
