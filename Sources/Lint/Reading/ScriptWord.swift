// SPDX-License-Identifier: Apache-2.0

/// A word of a command after quotes were taken off and variables of the same file were put in.
struct ScriptWord: Sendable, Hashable {
    /// Characters that stand together in one place.
    struct Part: Sendable, Hashable {
        let text: String
        /// Where they stand in the file; nil where the file spells them otherwise.
        let file: Int?
        let line: Int
        /// The default of a variable that nothing in the file sets: its environment may have another value.
        var isAssumed = false

        /// A stretch of it, which begins at a byte.
        func with(_ text: String, at offset: Int) -> Part {
            Part(text: text, file: file.map { $0 + offset }, line: line, isAssumed: isAssumed)
        }

        /// The stretches between separators, empty ones among them. By code points: a mark that combines with a blank
        /// belongs to what follows.
        func split(whereSeparator isSeparator: (Unicode.Scalar) -> Bool) -> [Part] {
            text.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: isSeparator).map {
                with(String($0), at: text.utf8.distance(from: text.startIndex, to: $0.startIndex))
            }
        }
    }

    /// Stands for what only a run could tell: any number of words.
    static let unknown: Character = "\u{FFFC}"
    /// The same where it is one word: `"$1"`, and make's `$@`.
    static let unknownWord: Character = "\u{E000}"
    /// Stands for the path of the folder whose build files are read: where `$0` and `$(dirname "$0")` begin.
    static let tree: Character = "\u{E001}"

    /// The path of a folder of the tree, as a default: a run may have put it elsewhere.
    static func tree(_ name: String) -> ScriptWord { ScriptWord("\(tree)/\(name)", line: 1).assumed }

    /// Text as a message may show it.
    static func shown(_ text: String) -> String {
        String(text.prefix(200).map { $0 == unknown || $0 == unknownWord ? "…" : $0 == tree ? "." : $0 })
    }

    var parts: [Part]
    /// Where the word begins.
    let line: Int

    var text: String { parts.map(\.text).joined() }
    var isAssumed: Bool { parts.contains(where: \.isAssumed) }
    var isKnown: Bool { !text.contains { $0 == Self.unknown || $0 == Self.unknownWord } }
    /// The text where it can be no other one.
    var certain: String? { isKnown && !isAssumed ? text : nil }
    /// Whether it may be other words altogether; one that begins with an option is that option.
    var mayHoldMore: Bool { text.hasPrefix(String(Self.unknown)) || text.hasPrefix("@") }

    /// Without its first characters: the value of `NAME=value`.
    func dropFirst(_ count: Int) -> ScriptWord {
        var left = count
        var rest: [Part] = []
        for part in parts {
            let dropped = part.text.prefix(left)
            let remaining = part.text.dropFirst(left)
            if left == 0 || !remaining.isEmpty { rest.append(part.with(String(remaining), at: dropped.utf8.count)) }
            left -= dropped.count
        }
        return ScriptWord(parts: rest, line: rest.first?.line ?? line)
    }

    /// A change of `old`, which must stand whole in one place of the file.
    func edit(_ old: String, to new: String) -> ScriptEdit? {
        for part in parts {
            guard let file = part.file, let range = part.text.firstRange(of: old) else { continue }
            let before = part.text[..<range.lowerBound].utf8.count
            return ScriptEdit(range: file + before..<file + before + old.utf8.count, replacement: new)
        }
        return nil
    }

    /// A change that puts text behind the word.
    func edit(appending text: String) -> ScriptEdit? {
        guard let last = parts.last, let file = last.file else { return nil }
        let end = file + last.text.utf8.count
        return ScriptEdit(range: end..<end, replacement: text)
    }
}

extension ScriptWord {
    init(_ text: String, line: Int) { self.init(parts: [Part(text, line: line)], line: line) }

    init(_ unknown: Character, line: Int) { self.init(String(unknown), line: line) }

    /// A text that begins on its first byte's line; of an empty one the line is given.
    init(_ text: ScriptText, line: Int) { self.init(parts: text.parts, line: text.pieces.first?.line ?? line) }

    /// The word as a default that another place may replace.
    var assumed: ScriptWord {
        ScriptWord(parts: parts.map { Part(text: $0.text, file: $0.file, line: $0.line, isAssumed: true) }, line: line)
    }
}

extension ScriptWord.Part {
    /// Characters that the file does not spell.
    init(_ text: String, line: Int, isAssumed: Bool = false) {
        self.init(text: text, file: nil, line: line, isAssumed: isAssumed)
    }

    /// `ScriptWord.unknown`, or the one that is one word.
    init(_ unknown: Character, line: Int) { self.init(String(unknown), line: line) }
}

/// A replacement of bytes of a file.
package struct ScriptEdit: Sendable, Hashable {
    package let range: Range<Int>
    package let replacement: String
}
