// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Host

/// Text to be read as commands, put together from pieces of a file, each of which knows where it came from.
struct ScriptText {
    /// One stretch of bytes of one line; `file` is where it begins in the file, nil where the bytes are not the file's own.
    struct Piece {
        let start: Int
        let file: Int?
        let line: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var pieces: [Piece] = []

    init() {}

    /// A file, or a stretch of it.
    init(_ source: ScriptSource, _ range: Range<Int>? = nil) { append(source, range ?? 0..<source.bytes.count) }

    /// Text that the file does not spell.
    init(_ text: String, line: Int) { append(text.utf8, line: line) }

    init(_ parts: [ScriptWord.Part]) { append(parts) }

    /// Words with a blank between them.
    init(joining words: some Sequence<ScriptWord>) {
        for (index, word) in words.enumerated() {
            if index > 0 { append(" ".utf8, line: word.line) }
            append(word.parts)
        }
    }

    mutating func append(_ source: ScriptSource, _ range: Range<Int>) {
        var start = range.lowerBound
        var line = source.line(at: start)
        while start < range.upperBound {
            let next = line < source.lineStarts.count ? source.lineStarts[line] : range.upperBound
            let end = min(max(next, start + 1), range.upperBound)
            pieces.append(
                Piece(start: bytes.count, file: source.before.bytes + start, line: source.before.lines + line))
            bytes += source.bytes[start..<end]
            start = end
            line += 1
        }
    }

    mutating func append(_ text: some Sequence<UInt8>, line: Int) {
        pieces.append(Piece(start: bytes.count, file: nil, line: line))
        bytes += text
    }

    /// A stretch of another text.
    mutating func append(_ other: ScriptText, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        var index = max(other.firstPiece(after: range.lowerBound) - 1, 0)
        let shift = bytes.count - range.lowerBound
        while index < other.pieces.count, other.pieces[index].start < range.upperBound {
            let piece = other.pieces[index]
            let start = max(piece.start, range.lowerBound)
            pieces.append(
                Piece(start: start + shift, file: piece.file.map { $0 + start - piece.start }, line: piece.line))
            index += 1
        }
        bytes += other.bytes[range]
    }

    mutating func append(_ other: ScriptText) { append(other, 0..<other.bytes.count) }

    mutating func append(_ parts: [ScriptWord.Part]) {
        for part in parts {
            pieces.append(Piece(start: bytes.count, file: part.file, line: part.line))
            bytes += part.text.utf8
        }
    }

    /// The pieces with their bytes.
    var parts: [ScriptWord.Part] {
        pieces.indices.map { index in
            let piece = pieces[index]
            let end = index + 1 < pieces.count ? pieces[index + 1].start : bytes.count
            let text = String(decoding: bytes[piece.start..<end], as: UTF8.self)
            // Where a byte is not UTF-8 the text is not what the file spells.
            let isSpelled = text.utf8.count == end - piece.start
            return .init(text: text, file: isSpelled ? piece.file : nil, line: piece.line)
        }
    }

    var isEmpty: Bool { bytes.isEmpty }
    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The line of the file that a byte comes from.
    func line(at offset: Int) -> Int {
        let piece = firstPiece(after: offset) - 1
        return piece >= 0 ? pieces[piece].line : 1
    }

    /// Whether a value that only a run could tell is in it.
    var holdsUnknown: Bool {
        let text = string
        return text.contains(ScriptWord.unknown) || text.contains(ScriptWord.unknownWord)
    }

    /// The bytes of each line, without its line end.
    var lines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start <= bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            lines.append(start..<(end > start && bytes[end - 1] == 13 ? end - 1 : end))
            start = end + 1
        }
        return lines
    }

    /// A stretch of this text.
    subscript(_ range: Range<Int>) -> ScriptText {
        var part = ScriptText()
        part.append(self, range)
        return part
    }

    /// Without its first bytes.
    func dropFirst(_ count: Int) -> ScriptText { self[min(count, bytes.count)..<bytes.count] }

    /// A stretch without the blanks at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        guard let first = bytes[range].firstIndex(where: { !$0.isBlank }),
            let last = bytes[range].lastIndex(where: { !$0.isBlank })
        else { return range.upperBound..<range.upperBound }
        return first..<last + 1
    }

    /// The bytes up to the first blank behind those at the beginning, and the text from the next byte that is none.
    var firstWord: (word: String, rest: ScriptText)? {
        guard let start = bytes.firstIndex(where: { !$0.isBlank }) else { return nil }
        let end = bytes[start...].firstIndex(where: \.isBlank) ?? bytes.count
        let rest = bytes[end...].firstIndex { !$0.isBlank } ?? bytes.count
        return (String(decoding: bytes[start..<end], as: UTF8.self), dropFirst(rest))
    }

    /// The number of pieces that begin at or before this byte.
    func firstPiece(after offset: Int) -> Int { pieces.indices.partitioningIndex { pieces[$0].start > offset } }
}

extension [UInt8] {
    /// Where the bracket that opens here is closed.
    func closing(_ open: Int, within most: Int = .max) -> Int? {
        let closer = self[open] == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
        var level = 0
        for index in indices[open...].prefix(most) {
            if self[index] == self[open] { level += 1 }
            if self[index] == closer { level -= 1 }
            if level == 0 { return index }
        }
        return nil
    }
}

/// What of a file could not be read.
struct ScriptProblem: Error, Hashable {
    let line: Int
    let message: String
    /// It is another file that was not read.
    var isInclude = false

    var reason: String { isInclude ? message : "could not be read: \(message)" }
}

extension ScriptProblem {
    init(line: Int, includes name: String, _ reason: String) {
        let message = "includes \(ScriptWord.shown(name)), which was not read: \(reason)"
        self.init(line: line, message: message, isInclude: true)
    }
}

/// A file's bytes and where its lines begin.
struct ScriptSource {
    let bytes: [UInt8]
    /// Offsets of the first byte of each line.
    let lineStarts: [Int]
    /// Bytes and lines of the files before it, where several make one build file.
    let before: (bytes: Int, lines: Int)

    init(_ bytes: [UInt8], after before: (bytes: Int, lines: Int) = (0, 0)) {
        self.bytes = bytes
        self.before = before
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
        lineStarts = starts
    }

    /// Counted from 1, in this file.
    func line(at offset: Int) -> Int { max(lineStarts.indices.partitioningIndex { lineStarts[$0] > offset }, 1) }

    /// The bytes of a line without its line end; empty past the last one.
    func range(ofLine line: Int) -> Range<Int> {
        guard line >= 1, line <= lineStarts.count else { return bytes.count..<bytes.count }
        let start = lineStarts[line - 1]
        var end = line < lineStarts.count ? lineStarts[line] - 1 : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return start..<max(start, end)
    }

    func text(ofLine line: Int) -> String { String(decoding: bytes[range(ofLine: line)], as: UTF8.self) }
}
