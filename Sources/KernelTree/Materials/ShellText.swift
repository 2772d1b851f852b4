// SPDX-License-Identifier: Apache-2.0

/// The simple commands of a shell text as kbuild saves one, each with its words and redirections.
///
/// Not a shell: nothing is expanded, and each branch of a condition counts as run. What a build saved was written for
/// make, so `$$` is one `$`.
struct ShellText: Sendable {
    struct Command: Sendable {
        /// Quotes taken off; an expansion stands as its text.
        var words: [String] = []
        /// Files of `<` and `>`.
        var reads: [String] = []
        var writes: [String] = []
        /// The position of the command whose output it reads through a pipe.
        var fedBy: Int?
    }

    private(set) var commands: [Command] = []

    init(_ text: some StringProtocol) {
        var reader = ShellTextReader(bytes: Array(text.utf8))
        reader.read()
        commands = reader.commands
    }
}

private struct ShellTextReader {
    let bytes: [UInt8]
    var commands: [ShellText.Command] = []
    private var at = 0
    private var depth = 0
    private var current = ShellText.Command()
    private var word: [UInt8]?
    /// Where the next word is the file of a redirection.
    private var redirection: UInt8?
    private var isQuoted = false
    /// The last command went into a pipe.
    private var feeds = false

    /// Nested deeper than any saved command.
    private static let deepest = 16
    private static let reserved: Set<String> = [
        "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "!", "{", "}", "in", "case", "esac",
    ]

    init(bytes: [UInt8], depth: Int = 0) {
        self.bytes = bytes
        self.depth = depth
    }

    private func next(_ distance: Int = 0) -> UInt8? {
        at + distance < bytes.count ? bytes[at + distance] : nil
    }

    mutating func read() {
        while let byte = next() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                endWord()
                at += 1
            case UInt8(ascii: "'"):
                isQuoted = true
                at += 1
                let start = at
                while let byte = next(), byte != UInt8(ascii: "'") { at += 1 }
                // Make's `$$` stands in quotes as well.
                word = (word ?? []) + Self.dollars(bytes[start..<at])
                at += 1
            case UInt8(ascii: "\""):
                isQuoted = true
                at += 1
                word = word ?? []
                while let byte = next(), byte != UInt8(ascii: "\"") {
                    if byte == UInt8(ascii: "\\"), let escaped = next(1) {
                        if ![UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$")].contains(escaped) {
                            word?.append(byte)
                        }
                        word?.append(escaped)
                        at += 2
                    } else if !takeSubstitution() {
                        word?.append(byte)
                        at += 1
                    }
                }
                at += 1
            case UInt8(ascii: "\\"):
                if let escaped = next(1), escaped != UInt8(ascii: "\n") { word = (word ?? []) + [escaped] }
                at += 2
            case UInt8(ascii: "$"), UInt8(ascii: "`"):
                if !takeSubstitution() {
                    word = (word ?? []) + [byte]
                    at += 1
                }
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                // A number before it is a descriptor.
                if let number = word, !isQuoted, number.allSatisfy({ $0.isASCIIDigit }) { word = nil }
                endWord()
                at += 1
                if next() == byte { at += 1 }
                if next() == UInt8(ascii: "&") {
                    at += 1
                    while let byte = next(), byte.isASCIIDigit || byte == UInt8(ascii: "-") { at += 1 }
                } else {
                    redirection = byte
                }
            case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: "\n"):
                endWord()
                at += 1
                let isPipe = byte == UInt8(ascii: "|") && next() != byte
                endCommand()
                feeds = isPipe && !commands.isEmpty
                if next() == byte, byte != UInt8(ascii: "("), byte != UInt8(ascii: ")") { at += 1 }
            default:
                word = (word ?? []) + [byte]
                at += 1
            }
        }
        endWord()
        endCommand()
    }

    private static func dollars(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        for byte in bytes where byte != UInt8(ascii: "$") || plain.last != byte { plain.append(byte) }
        return plain
    }

    /// `$(…)`, `$$(…)` and backquotes: what is in them is run as well.
    private mutating func takeSubstitution() -> Bool {
        var start = at
        var end: UInt8 = UInt8(ascii: "`")
        if next() == UInt8(ascii: "$") {
            start += next(1) == UInt8(ascii: "$") ? 2 : 1
            guard start < bytes.count, bytes[start] == UInt8(ascii: "(") else {
                if next(1) == UInt8(ascii: "$") { at += 1 }
                return false
            }
            end = UInt8(ascii: ")")
        } else if next() != UInt8(ascii: "`") {
            return false
        }
        var nested = 0
        var stop = start + 1
        while stop < bytes.count {
            if end == UInt8(ascii: ")"), bytes[stop] == UInt8(ascii: "(") { nested += 1 }
            if bytes[stop] == end {
                if nested == 0 { break }
                nested -= 1
            }
            stop += 1
        }
        if depth < Self.deepest {
            var inner = ShellTextReader(bytes: Array(bytes[(start + 1)..<min(stop, bytes.count)]), depth: depth + 1)
            inner.read()
            // Positions of their own.
            let offset = commands.count
            commands += inner.commands.map { command in
                var command = command
                command.fedBy = command.fedBy.map { $0 + offset }
                return command
            }
        }
        word = word ?? []
        isQuoted = true
        at = min(stop + 1, bytes.count)
        return true
    }

    private mutating func endWord() {
        guard let bytes = word else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        let wasQuoted = isQuoted
        word = nil
        isQuoted = false
        if let redirection {
            if redirection == UInt8(ascii: "<") { current.reads.append(text) } else { current.writes.append(text) }
            self.redirection = nil
        } else if current.words.isEmpty, !wasQuoted, Self.reserved.contains(text) {
            return
        } else if current.words.isEmpty, Self.isAssignment(text) {
            return
        } else {
            current.words.append(text)
        }
    }

    private static func isAssignment(_ text: String) -> Bool {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals != text.utf8.startIndex else {
            return false
        }
        return text.utf8[..<equals].allSatisfy { $0.isASCIIName } && !(text.utf8.first?.isASCIIDigit ?? true)
    }

    private mutating func endCommand() {
        redirection = nil
        defer { current = ShellText.Command() }
        guard !current.words.isEmpty || !current.reads.isEmpty || !current.writes.isEmpty else { return }
        if feeds { current.fedBy = commands.count - 1 }
        feeds = false
        commands.append(current)
    }
}

extension UInt8 {
    fileprivate var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    fileprivate var isASCIIName: Bool {
        isASCIIDigit || self == UInt8(ascii: "_")
            || (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z")
    }
}
