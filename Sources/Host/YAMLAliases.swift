// SPDX-License-Identifier: Apache-2.0

/// Aliases of a YAML text, found without parsing it: a parser that has to build what they stand for can be kept busy for ever
/// by a few hundred bytes (YAML 1.2.2, 7.1).
///
/// Quotes and comments are not looked at, since a text can be made to look quoted that is not; so a word counts as an alias
/// only where an anchor of its name stands somewhere, too.
package enum YAMLAliases {
    /// The line of the first alias, from 1; nil where there is none.
    package static func line(in text: String) -> Int? { lines(in: text).first }

    /// The line of the first place where one could be in the key of a mapping, from 1. Composing a key hashes all of it.
    package static func keyLine(in text: String) -> Int? {
        let aliased = Set(lines(in: text))
        guard !aliased.isEmpty else { return nil }
        for (index, line) in rows(of: text) {
            if line.firstMatch(of: #/(^|[\s\[{,])\?(\s|$)/#) != nil { return index }
            guard aliased.contains(index) else { continue }
            if line.firstMatch(of: #/\*[A-Za-z0-9_-]+[\s\]}]*:(\s|$|[,\]}])/#) != nil { return index }
            if line.firstMatch(of: #/[\[{].*\*.*[\]}]\s*:(\s|$|[,\]}])/#) != nil { return index }
        }
        return nil
    }

    private static func rows(of text: String) -> [(Int, Substring)] {
        Array(zip(1..., text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)))
    }

    private static func lines(in text: String) -> [Int] {
        func names(_ mark: Character, in line: Substring) -> [Substring] {
            line.contains(mark)
                ? line.split(separator: mark, omittingEmptySubsequences: false).dropFirst().map { rest in
                    rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
                }.filter { !$0.isEmpty } : []
        }
        let rows = rows(of: text)
        let anchors = Set(rows.flatMap { names("&", in: $1) })
        guard !anchors.isEmpty else { return [] }
        return rows.filter { names("*", in: $1).contains(where: anchors.contains) }.map(\.0)
    }
}
