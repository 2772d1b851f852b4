// SPDX-License-Identifier: Apache-2.0

/// Names and characters as a POSIX shell has them.
enum Shell {
    private static let interpreters: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash"]

    static func isInterpreter(_ program: String) -> Bool { interpreters.contains(ScriptCommand.baseName(program)) }

    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isNameStart(first) else { return false }
        return text.utf8.allSatisfy { isNameStart($0) || isDigit($0) }
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Whether the first line of a script, if it names an interpreter, names a shell.
    static func isScript(_ text: ScriptText) -> Bool {
        guard text.bytes.starts(with: "#!".utf8) else { return true }
        let line = String(decoding: text.bytes.prefix(256).prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
        return ScriptKind(firstLine: line) == .shell
    }

    /// Whether a pattern of `case` and `[[` matches; nil where it is not plain enough to tell.
    static func matches(_ text: String, _ pattern: String) -> Bool? {
        if !pattern.contains(where: { "*?[\\(".contains($0) }) { return text == pattern }
        if pattern.contains(where: { "[\\(".contains($0) }) || pattern.count * text.count > 1 << 16 { return nil }
        // Two rows of the usual table: what the pattern so far can match.
        let characters = Array(text)
        var row = [Bool](repeating: false, count: characters.count + 1)
        row[0] = true
        for sign in pattern {
            var next = [Bool](repeating: false, count: characters.count + 1)
            for place in 0...characters.count {
                if sign == "*" {
                    next[place] = row[place] || place > 0 && next[place - 1]
                } else if place > 0 {
                    next[place] = row[place - 1] && (sign == "?" || sign == characters[place - 1])
                }
            }
            row = next
        }
        return row.last
    }
}
