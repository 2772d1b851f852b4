// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The rules of one makefile of the tree, as far as kbuild's makefiles say how a file is made whose command is not saved
/// (`filechk`, and `cmd` without `if_changed`).
///
/// Not make: variables that the file itself sets to plain text are expanded, and a few that kbuild always sets. Each
/// branch of a condition counts.
struct MakefileRules: Sendable {
    struct Rule: Sendable {
        let targets: String
        let prerequisites: String
        var recipe: [String] = []
    }

    /// In the source tree.
    let path: String
    private(set) var rules: [Rule] = []
    private(set) var variables: [String: [String]] = [:]

    init(_ text: String, path: String) {
        self.path = path
        var lines = Self.logicalLines(text)[...]
        while let line = lines.popFirst() {
            if line.hasPrefix("\t") {
                if !rules.isEmpty { rules[rules.count - 1].recipe.append(String(line.dropFirst())) }
                continue
            }
            let plain = line.trimmingPrefix(while: \.isWhitespace)
            if plain.hasPrefix("define ") {
                var body: [String] = []
                while let more = lines.popFirst(), !more.hasPrefix("endef") { body.append(more) }
                let name = plain.dropFirst(7).trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }
                variables[String(name), default: []].append(body.joined(separator: "\n"))
            } else if let (name, value) = Self.assignment(plain) {
                variables[name, default: []].append(value)
            } else if let colon = plain.firstIndex(of: ":"), !plain.hasPrefix("#") {
                rules.append(
                    Rule(
                        targets: String(plain[..<colon]), prerequisites: String(plain[plain.index(after: colon)...])))
            }
        }
    }

    private static func logicalLines(_ text: String) -> [String] {
        var lines: [String] = []
        var open = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let goesOn = line.hasSuffix("\\")
            let part = String(goesOn ? line.dropLast() : line)
            if open, !lines.isEmpty { lines[lines.count - 1] += " " + part } else { lines.append(part) }
            open = goesOn
        }
        return lines
    }

    /// `NAME = VALUE` and its kinds.
    private static func assignment(_ line: Substring) -> (String, String)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        var name = line[..<equals]
        while let last = name.last, ":?+ \t".contains(last) { name.removeLast() }
        guard !name.isEmpty, !name.contains(where: { $0.isWhitespace || $0 == ":" || $0 == "#" }) else { return nil }
        return (String(name), String(line[line.index(after: equals)...].trimmingPrefix(while: \.isWhitespace)))
    }

    /// Expands variables; `values` come before what the file sets. What is not known expands to nothing.
    func expand(_ text: String, _ values: [String: String]) -> String {
        expand(text, values, 0, Budget())
    }

    /// The maximum number of variables that are expanded in one text: they can name each other.
    private final class Budget {
        var left = 20_000
    }

    private func expand(_ text: String, _ values: [String: String], _ depth: Int, _ budget: Budget) -> String {
        budget.left -= 1
        guard depth < 16, budget.left > 0, text.contains("$") else { return text }
        var expanded = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            expanded += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            guard let first = rest.popFirst() else { break }
            var name: Substring
            switch first {
            case "$":
                expanded += "$"
                continue
            case "(", "{":
                var nested = 0
                let close: Character = first == "(" ? ")" : "}"
                guard
                    let end = rest.indices.first(where: { index in
                        if rest[index] == first { nested += 1 }
                        guard rest[index] == close else { return false }
                        nested -= 1
                        return nested < 0
                    })
                else { return expanded }
                name = rest[..<end]
                rest = rest[end...].dropFirst()
            default: name = Substring(String(first))
            }
            expanded += value(of: name, values, depth, budget)
            guard expanded.utf8.count < 1 << 20 else { break }
        }
        return expanded + rest
    }

    private func value(of name: Substring, _ values: [String: String], _ depth: Int, _ budget: Budget) -> String {
        if let value = values[String(name)] { return value }
        if name.hasPrefix("addprefix "), let comma = name.firstIndex(of: ",") {
            let prefix = expand(String(name[..<comma].dropFirst(10)), values, depth + 1, budget)
            return expand(String(name[comma...].dropFirst()), values, depth + 1, budget)
                .split(whereSeparator: \.isWhitespace).map { prefix + $0 }.joined(separator: " ")
        }
        let inner = expand(String(name), values, depth + 1, budget)
        if let value = values[inner] { return value }
        return (variables[inner] ?? []).map { expand($0, values, depth + 1, budget) }.joined(separator: " ")
    }
}
