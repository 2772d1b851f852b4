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

    /// The words behind the program.
    package var arguments: [String] { Array(words.dropFirst()) }

    package var text: String { words.joined(separator: " ") }

    /// The program's name.
    package var program: String { Self.base(words[0].contains("=") ? Redaction.program(words[0]) : words[0]) }

    /// What the prefix leads to, as it can be named in records, where its last program is known: the destination of ssh, the
    /// container or guest of the others. nil for a program whose arguments are not known: secrets stand among them.
    package var host: String? {
        for (index, word) in words.enumerated() {
            guard let way = Self.ways[Self.base(word)] else { continue }
            var rest = words[(index + 1)...]
            if let verb = way.verb {
                guard let place = rest.firstIndex(of: verb) else { continue }
                rest = rest[(place + 1)...]
            }
            while let next = rest.popFirst() {
                if next == "--" {
                    guard way.verb == nil, let last = rest.popFirst() else { return nil }
                    return Self.destination(last)
                }
                guard next.hasPrefix("-") else { return Self.destination(next) }
                if way.valued.contains(next) { _ = rest.popFirst() }
            }
        }
        return nil
    }

    /// What records and messages call it.
    package var name: String { host ?? program }

    /// A printed text without the words of this prefix but its program and its host.
    package func redacted(_ text: String) -> String {
        Redaction.text(
            text, withoutWordsOf: words,
            but: [words[0], program, host].compactMap(\.self).reduce(into: []) { $0.insert($1) })
    }

    /// Programs that run another one elsewhere: their options that take a word, and the word after which these stand.
    private static let ways: [String: (verb: String?, valued: Set<String>)] = [
        "ssh": (
            nil,
            Set("BbcDEeFIiJLlmOoPpQRSWw".map { "-\($0)" })
        ),
        "podman": ("exec", containerOptions), "docker": ("exec", containerOptions),
        "kubectl": ("exec", ["-c", "--container", "-n", "--namespace", "--context", "-f", "--filename"]),
        "lxc": ("exec", ["--cwd", "--env", "--group", "--mode", "--user", "--project"]),
        "machinectl": ("shell", ["-M", "--machine", "-E", "--setenv", "--uid", "-H", "--host"]),
    ]
    private static let containerOptions: Set<String> = [
        "-e", "--env", "--env-file", "-u", "--user", "-w", "--workdir", "--detach-keys", "--preserve-fds",
    ]

    private static func base(_ word: String) -> String { word.split(separator: "/").last.map(String.init) ?? word }

    /// `root@lpar1`; of `ssh://root:password@lpar1:22` the host alone. nil for what can't be a name.
    private static func destination(_ word: String) -> String? {
        var name = word[...]
        if let scheme = name.firstRange(of: "://") { name = name[scheme.upperBound...].prefix { $0 != "/" } }
        if let at = name.lastIndex(of: "@"), name[..<at].contains(":") { name = name[name.index(after: at)...] }
        guard !name.isEmpty, name.allSatisfy({ !$0.isWhitespace && $0 != "=" }) else { return nil }
        return String(name)
    }

    /// The prefix alone, as a command.
    package var command: Command { Command(words[0], Array(words.dropFirst())) }

    /// A program, run there.
    package func command(_ program: String, _ arguments: [String] = []) -> Command {
        Command(words[0], words.dropFirst() + [program] + arguments)
    }
}
