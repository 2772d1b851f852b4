// SPDX-License-Identifier: Apache-2.0

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

    /// A stretch of the file itself.
    init(_ source: ScriptSource, _ range: Range<Int>) { append(source, range) }

    mutating func append(_ source: ScriptSource, _ range: Range<Int>) {
        var start = range.lowerBound
        var line = source.line(at: start)
        while start < range.upperBound {
            let next = line < source.lineStarts.count ? source.lineStarts[line] : range.upperBound
            let end = min(max(next, start + 1), range.upperBound)
            pieces.append(Piece(start: bytes.count, file: start, line: line))
            bytes += source.bytes[start..<end]
            start = end
            line += 1
        }
    }

    mutating func append(_ text: some Sequence<UInt8>, line: Int) {
        pieces.append(Piece(start: bytes.count, file: nil, line: line))
        bytes += text
    }

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
            return .init(
                text: String(decoding: bytes[piece.start..<end], as: UTF8.self), file: piece.file, line: piece.line)
        }
    }

    /// A stretch of this text.
    subscript(_ range: Range<Int>) -> ScriptText {
        var part = ScriptText()
        part.bytes = Array(bytes[range])
        var index = firstPiece(after: range.lowerBound) - 1
        while index >= 0, index < pieces.count, pieces[index].start < range.upperBound {
            let piece = pieces[index]
            let skipped = max(range.lowerBound - piece.start, 0)
            part.pieces.append(
                Piece(
                    start: max(piece.start - range.lowerBound, 0), file: piece.file.map { $0 + skipped },
                    line: piece.line))
            index += 1
        }
        return part
    }

    /// The number of pieces that begin at or before this byte.
    func firstPiece(after offset: Int) -> Int {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A file's bytes and where its lines begin.
struct ScriptSource {
    let bytes: [UInt8]
    /// Offsets of the first byte of each line.
    let lineStarts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
        lineStarts = starts
    }

    /// Counted from 1.
    func line(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return max(low, 1)
    }

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
