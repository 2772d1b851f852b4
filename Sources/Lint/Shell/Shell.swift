// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Names and characters as a POSIX shell has them.
enum Shell {
    private static let interpreters: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash"]

    static func isInterpreter(_ program: String) -> Bool { interpreters.contains(ScriptCommand.baseName(program)) }

    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isNameStart(first) else { return false }
        return text.utf8.allSatisfy(\.isWord)
    }

    static func isNameStart(_ byte: UInt8) -> Bool { byte.isWord && !byte.isDigit }

    /// Whether the first line of a script, if it names an interpreter, names a shell.
    static func isScript(_ text: ScriptText) -> Bool {
        !text.bytes.starts(with: "#!".utf8) || ScriptKind(firstLineOf: text.bytes) == .shell
    }

    /// Whether a pattern of `case` and `[[` matches; nil where it is not plain enough to tell.
    static func matches(_ text: String, _ pattern: String) -> Bool? {
        if !pattern.contains(where: { "*?[\\(".contains($0) }) { return text == pattern }
        if pattern.contains(where: { "\\(".contains($0) }) || pattern.count * text.count > 1 << 16 { return nil }
        guard let signs = signs(pattern) else { return nil }
        // Two rows of the usual table: what the pattern so far can match.
        let characters = Array(text)
        var row = [Bool](repeating: false, count: characters.count + 1)
        row[0] = true
        for sign in signs {
            var next = [Bool](repeating: false, count: characters.count + 1)
            for place in 0...characters.count {
                if let sign {
                    next[place] = place > 0 && row[place - 1] && sign(characters[place - 1])
                } else {
                    next[place] = row[place] || place > 0 && next[place - 1]
                }
            }
            row = next
        }
        return row.last
    }

    /// For each sign of a pattern, which characters it stands for; nil for a `*`.
    private static func signs(_ pattern: String) -> [((Character) -> Bool)?]? {
        var signs: [((Character) -> Bool)?] = []
        var rest = pattern[...]
        while let sign = rest.popFirst() {
            switch sign {
            case "*": signs.append(nil)
            case "?": signs.append { _ in true }
            case "[":
                guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
                var inner = rest[..<end]
                rest = rest[end...].dropFirst()
                let isNegated = inner.first == "!" || inner.first == "^"
                if isNegated { inner = inner.dropFirst() }
                // Classes such as [:alpha:] depend on the language.
                guard !inner.contains("["), !inner.isEmpty else { return nil }
                var ranges: [ClosedRange<Character>] = []
                while let first = inner.popFirst() {
                    var last = first
                    if inner.first == "-", let end = inner.dropFirst().first, first <= end {
                        last = end
                        inner = inner.dropFirst(2)
                    }
                    ranges.append(first...last)
                }
                signs.append { character in ranges.contains { $0.contains(character) } != isNegated }
            default: signs.append { $0 == sign }
            }
        }
        return signs
    }

    /// The text without what a pattern matches at its begin or end: the least of it, or the most.
    static func trimmed(_ text: String, _ pattern: String, atEnd: Bool, most: Bool) -> String? {
        guard text.count <= 1024 else { return nil }
        let counts = Array(0...text.count)
        for count in most ? counts.reversed() : counts {
            let piece = atEnd ? text.suffix(count) : text.prefix(count)
            guard let matches = matches(String(piece), pattern) else { return nil }
            if matches { return String(atEnd ? text.dropLast(count) : text.dropFirst(count)) }
        }
        return text
    }

    /// Whether a regular expression is found, for those of plain text with `^` and `$`; nil for others.
    static func finds(_ expression: String, in text: String) -> Bool? {
        var plain = expression[...]
        let isBegin = plain.hasPrefix("^")
        if isBegin { plain = plain.dropFirst() }
        let isEnd = plain.hasSuffix("$")
        if isEnd { plain = plain.dropLast() }
        guard !plain.contains(where: { "\\^$.|?*+()[]{}".contains($0) }) else { return nil }
        if isBegin { return isEnd ? text == plain : text.hasPrefix(plain) }
        return isEnd ? text.hasSuffix(plain) : plain.isEmpty || text.contains(plain)
    }
}
