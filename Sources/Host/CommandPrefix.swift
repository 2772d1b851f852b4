// SPDX-License-Identifier: Apache-2.0

/// A command before another one that runs that elsewhere: `ssh build1`, `podman exec -i x`.
package struct CommandPrefix: Sendable, Hashable {
    private let words: [String]

    /// Words are separated by blanks; quotes and backslashes hold them together as in a shell, and nothing else is a
    /// shell's. nil where there are none, or a quote does not end.
    package init?(_ text: String) {
        guard let words = Self.words(text), !words.isEmpty else { return nil }
        self.words = words
    }

    private static func words(_ text: String) -> [String]? {
        var words: [String] = []
        var open: String?
        var quote: Character?
        var rest = text[...]
        while let next = rest.popFirst() {
            if let end = quote {
                if next == end {
                    quote = nil
                } else if next == "\\", end == "\"", let escaped = rest.first, "\"\\$`".contains(escaped) {
                    open?.append(rest.removeFirst())
                } else {
                    open?.append(next)
                }
            } else if next == "'" || next == "\"" {
                quote = next
                open = open ?? ""
            } else if next == "\\" {
                guard let escaped = rest.popFirst() else { return nil }
                open = (open ?? "") + String(escaped)
            } else if next.isWhitespace {
                if let open { words.append(open) }
                open = nil
            } else {
                open = (open ?? "") + String(next)
            }
        }
        guard quote == nil else { return nil }
        return words + [open].compactMap { $0 }
    }

    package var text: String { words.joined(separator: " ") }

    /// What the prefix leads to, as it can be named in records: the last word that is neither an option, nor the value that
    /// may follow a long one, nor an assignment. Options are where secrets stand.
    package var name: String {
        for (index, word) in words.enumerated().reversed() where !word.hasPrefix("-") && !word.contains("=") {
            let before = index > 0 ? words[index - 1] : ""
            if !before.hasPrefix("--") || before.contains("=") || before == "--" { return word }
        }
        return "the machine"
    }

    /// The prefix alone, as a command.
    package var command: Command { Command(words[0], Array(words.dropFirst())) }

    /// A program, run there.
    package func command(_ program: String, _ arguments: [String] = []) -> Command {
        Command(words[0], words.dropFirst() + [program] + arguments)
    }
}
